"""Errors of Lambda's own API: one table. `endpoints/lambda_api` writes the responses. No I/O."""

from enum import Enum
from types import MappingProxyType


class ErrorCode(Enum):
    """Name, status and whose fault, as in the errors section of Invoke in the API reference."""

    RESOURCE_NOT_FOUND = ("ResourceNotFoundException", 404, "User")
    INVALID_REQUEST_CONTENT = ("InvalidRequestContentException", 400, "User")
    INVALID_PARAMETER_VALUE = ("InvalidParameterValueException", 400, "User")
    REQUEST_TOO_LARGE = ("RequestTooLargeException", 413, "User")
    TOO_MANY_REQUESTS = ("TooManyRequestsException", 429, "User")
    NO_PROVISIONED_CONCURRENCY = ("ProvisionedConcurrencyConfigNotFoundException", 404, "User")
    UNKNOWN_OPERATION = ("UnknownOperationException", 404, "User")
    # A parameter that does not fit the service model, at most services.
    VALIDATION = ("ValidationException", 400, "User")
    # Of API Gateway, of CloudFormation, and of S3.
    BAD_REQUEST = ("BadRequestException", 400, "User")
    NOT_FOUND = ("NotFoundException", 404, "User")
    INVALID_ACTION = ("InvalidAction", 400, "User")
    NOT_IMPLEMENTED = ("NotImplemented", 501, "User")
    # Of Cloud Control.
    NO_SUCH_TARGET = ("ResourceNotFoundException", 400, "User")
    UNSUPPORTED_ACTION = ("UnsupportedActionException", 400, "User")
    UNKNOWN_TARGET = ("UnknownOperationException", 400, "User")
    # Of CloudWatch Logs.
    INVALID_PARAMETER = ("InvalidParameterException", 400, "User")
    VALIDATION_ERROR = ("ValidationError", 400, "User")
    # From "Common errors" there: who the caller is comes before what it asks for.
    INCOMPLETE_SIGNATURE = ("IncompleteSignatureException", 403, "User")
    INVALID_SIGNATURE = ("InvalidSignatureException", 403, "User")
    MISSING_AUTHENTICATION_TOKEN = ("MissingAuthenticationTokenException", 403, "User")
    UNRECOGNIZED_CLIENT = ("UnrecognizedClientException", 403, "User")

    def __init__(self, exception: str, status: int, blame: str) -> None:
        self.exception = exception
        self.status = status
        self.blame = blame


class AwsError(Exception):
    """Args: `reason` is the document's Reason, which only some errors have."""

    def __init__(self, code: ErrorCode, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


BY_EXCEPTION = MappingProxyType({code.exception: code for code in ErrorCode})


def fail_constraint(
    name: str, value: str | None, constraint: str, code: ErrorCode = ErrorCode.VALIDATION
) -> AwsError:
    """A value that the service model does not allow, in AWS's words."""
    shown = "null" if value is None else f"'{value}'"
    return AwsError(
        code,
        f"1 validation error detected: Value {shown} at '{name}' failed to satisfy constraint: "
        f"Member must {constraint}",
    )
