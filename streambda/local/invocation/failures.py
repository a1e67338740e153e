"""The failures that Lambda itself reports, in its words. No I/O.

Names and sentences follow what Lambda and its open-source Runtime Interface Emulator write. A
failure that is not the runtime's own report carries ErrorCode "Unhandled" and the error document.
"""

import json
import signal
from datetime import UTC, datetime

from streambda.local.invocation.lifecycle import Failure

UNHANDLED = "Unhandled"
TRUNCATED_RESPONSE = "Runtime.TruncatedResponse"
TIMED_OUT = "Sandbox.Timedout"
EXIT_ERROR = "Runtime.ExitError"


def reported(body: bytes) -> Failure:
    """What the runtime sent to …/error or to init/error, handed on as it came."""
    return Failure(code=UNHANDLED, details=body.decode("utf-8", "replace"))


def timed_out(request_id: str, timeout_s: float, now: datetime | None = None) -> Failure:
    time = (now or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = f"{time} {request_id} Task timed out after {timeout_s:.2f} seconds"
    return _unhandled(TIMED_OUT, message)


def exited(request_id: str, status: int) -> Failure:
    return _unhandled(EXIT_ERROR, f"RequestId: {request_id} Error: {exit_words(status)}")


def exit_words(status: int) -> str:
    """`status` as asyncio gives it: negative for a signal."""
    if status < 0:
        # As Go writes it: "signal: killed", "signal: segmentation fault".
        words = signal.strsignal(-status)
        return f"Runtime exited with error: signal: {words.lower() if words else -status}"
    if status == 0:
        return "Runtime exited without providing a reason"
    return f"Runtime exited with error: exit status {status}"


def cannot_start(request_id: str, reason: str) -> Failure:
    return _unhandled("Runtime.InvalidEntrypoint", f"RequestId: {request_id} Error: {reason}")


def too_large(limit: int) -> Failure:
    message = f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."
    return _unhandled("Function.ResponseSizeTooLarge", message)


def invalid_mode(value: str) -> Failure:
    message = f"Lambda-Runtime-Function-Response-Mode is {value!r}, expected 'streaming' or nothing"
    return _unhandled("Runtime.InvalidResponseModeHeader", message)


def shut_down(request_id: str) -> Failure:
    message = f"RequestId: {request_id} Error: the local cloud was shut down"
    return _unhandled("Sandbox.Failure", message)


def truncated() -> Failure:
    # Reported by callers of the real service: this code, and no details at all.
    return Failure(code=TRUNCATED_RESPONSE, details=None)


def sentence(failure: Failure) -> str:
    """The failure as one line of a log."""
    try:
        told = json.loads(failure.details or "")
        message = str(told["errorMessage"])
        return message if told["errorType"] == TIMED_OUT else f"{told['errorType']}: {message}"
    except (ValueError, KeyError, TypeError):
        return failure.details or failure.code


def document(failure: Failure) -> bytes:
    """The failure as a buffered Invoke gives it back."""
    if failure.details is not None:
        return failure.details.encode()
    return json.dumps({"errorType": failure.code}).encode()


def _unhandled(error_type: str, message: str) -> Failure:
    details = json.dumps({"errorType": error_type, "errorMessage": message})
    return Failure(code=UNHANDLED, details=details)
