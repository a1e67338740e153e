"""Errors of Lambda's own API: one table, and the response that each becomes. No I/O."""

import json
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class ErrorCode(Enum):
    """Name, status and whose fault, as in the errors section of Invoke in the API reference."""

    RESOURCE_NOT_FOUND = ("ResourceNotFoundException", 404, "User")
    INVALID_REQUEST_CONTENT = ("InvalidRequestContentException", 400, "User")
    INVALID_PARAMETER_VALUE = ("InvalidParameterValueException", 400, "User")
    REQUEST_TOO_LARGE = ("RequestTooLargeException", 413, "User")
    TOO_MANY_REQUESTS = ("TooManyRequestsException", 429, "User")
    UNKNOWN_OPERATION = ("UnknownOperationException", 404, "User")
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

# These come from the layer in front of Lambda, which says less and writes "message" in lower case.
IN_FRONT = frozenset(
    {
        ErrorCode.INCOMPLETE_SIGNATURE,
        ErrorCode.INVALID_SIGNATURE,
        ErrorCode.MISSING_AUTHENTICATION_TOKEN,
        ErrorCode.UNRECOGNIZED_CLIENT,
    }
)


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, error: AwsError) -> "ErrorAnswer":
        document = {"Type": error.code.blame, "Message": str(error)}
        if error.reason:
            document["Reason"] = error.reason
        if error.code in IN_FRONT:
            document = {"message": str(error)}
        headers = {"content-type": "application/json", "x-amzn-errortype": error.code.exception}
        return cls(error.code.status, headers, json.dumps(document).encode())
