"""The failures that Lambda itself reports: one table of error types, and their words. No I/O.

Names and sentences follow what Lambda and its open-source Runtime Interface Emulator write. A
failure that is not the runtime's own report has the ErrorCode "Unhandled" and an error document.
"""

import json
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

# The ErrorCode of most failures, and the value of X-Amz-Function-Error.
UNHANDLED = "Unhandled"


class ErrorType(StrEnum):
    """The errorType of a failure that the runtime did not report itself."""

    TIMED_OUT = "Sandbox.Timedout"
    SHUT_DOWN = "Sandbox.Failure"
    EXIT_ERROR = "Runtime.ExitError"
    INVALID_ENTRYPOINT = "Runtime.InvalidEntrypoint"
    INVALID_RESPONSE_MODE = "Runtime.InvalidResponseModeHeader"
    TRUNCATED_RESPONSE = "Runtime.TruncatedResponse"
    RESPONSE_TOO_LARGE = "Function.ResponseSizeTooLarge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an invocation failed, as in InvokeComplete: ErrorCode and, mostly, a JSON document."""

    code: str
    details: str | None


def runtime_report(body: bytes) -> Failure:
    """What the runtime sent to …/error or to init/error."""
    return Failure(code=UNHANDLED, details=body.decode("utf-8", "replace"))


def change_details(failure: Failure, change: Callable[[str], str]) -> Failure:
    return replace(failure, details=change(failure.details)) if failure.details else failure


def timeout(request_id: str, timeout_s: float, now: datetime | None = None) -> Failure:
    time = (now or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = f"{time} {request_id} Task timed out after {timeout_s:.2f} seconds"
    return _unhandled(ErrorType.TIMED_OUT, message)


def process_exit(request_id: str, status: int) -> Failure:
    message = f"RequestId: {request_id} Error: {describe_exit(status)}"
    return _unhandled(ErrorType.EXIT_ERROR, message)


def invalid_entrypoint(request_id: str, reason: str) -> Failure:
    message = f"RequestId: {request_id} Error: {reason}"
    return _unhandled(ErrorType.INVALID_ENTRYPOINT, message)


def extension_failure(request_id: str, error_type: str, reason: str) -> Failure:
    """`error_type` as AWS's emulator has them: Extension.Crash and others."""
    return _unhandled(error_type, f"RequestId: {request_id} Error: {reason}")


def response_too_large(limit: int) -> Failure:
    message = f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."
    return _unhandled(ErrorType.RESPONSE_TOO_LARGE, message)


def invalid_response_mode(value: str) -> Failure:
    message = f"Lambda-Runtime-Function-Response-Mode is {value!r}, expected 'streaming' or nothing"
    return _unhandled(ErrorType.INVALID_RESPONSE_MODE, message)


def shutdown(request_id: str) -> Failure:
    message = f"RequestId: {request_id} Error: the local cloud was shut down"
    return _unhandled(ErrorType.SHUT_DOWN, message)


def truncated_response() -> Failure:
    # Reported by callers of the real service: this code, and no details at all.
    return Failure(code=ErrorType.TRUNCATED_RESPONSE, details=None)


def describe(failure: Failure) -> str:
    """The failure as one line of a log."""
    try:
        document = json.loads(failure.details or "")
        error_type, message = document["errorType"], str(document["errorMessage"])
        return message if error_type == ErrorType.TIMED_OUT else f"{error_type}: {message}"
    except (RecursionError, ValueError, KeyError, TypeError):
        return failure.details or failure.code


def read_error_type(failure: Failure) -> str:
    """The errorType of its document, or else its code."""
    with suppress(RecursionError, ValueError, KeyError, TypeError):
        return str(json.loads(failure.details or "")["errorType"])
    return failure.code


def describe_exit(status: int) -> str:
    """`status` as asyncio gives it: negative for a signal."""
    if status < 0:
        # As Go writes it: "signal: killed", "signal: segmentation fault".
        name = signal.strsignal(-status)
        return f"Runtime exited with error: signal: {name.lower() if name else -status}"
    if status == 0:
        return "Runtime exited without providing a reason"
    return f"Runtime exited with error: exit status {status}"


def encode_document(failure: Failure) -> bytes:
    """The failure as the payload of a buffered Invoke."""
    if failure.details is not None:
        return failure.details.encode()
    return json.dumps({"errorType": failure.code}).encode()


def _unhandled(error_type: str, message: str) -> Failure:
    details = json.dumps({"errorType": error_type, "errorMessage": message})
    return Failure(code=UNHANDLED, details=details)
