"""Errors of Lambda's own API: one table, and how an error is written. No I/O."""

import json
from dataclasses import dataclass
from enum import Enum


class ErrorCode(Enum):
    """Name, status and whose fault, as in the errors section of Invoke in the API reference."""

    RESOURCE_NOT_FOUND = ("ResourceNotFoundException", 404, "User")
    INVALID_REQUEST_CONTENT = ("InvalidRequestContentException", 400, "User")
    INVALID_PARAMETER_VALUE = ("InvalidParameterValueException", 400, "User")
    REQUEST_TOO_LARGE = ("RequestTooLargeException", 413, "User")
    TOO_MANY_REQUESTS = ("TooManyRequestsException", 429, "User")
    UNKNOWN_OPERATION = ("UnknownOperationException", 404, "User")

    def __init__(self, exception: str, status: int, blame: str) -> None:
        self.exception = exception
        self.status = status
        self.blame = blame


class AwsError(Exception):
    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, error: AwsError) -> "ErrorAnswer":
        document = {"Type": error.code.blame, "Message": str(error)}
        if error.code is ErrorCode.TOO_MANY_REQUESTS:
            document["Reason"] = "ConcurrentInvocationLimitExceeded"
        headers = {"content-type": "application/json", "x-amzn-errortype": error.code.exception}
        return cls(error.code.status, headers, json.dumps(document).encode())
