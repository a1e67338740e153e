"""What went wrong, as Lambda reads it: errorMessage, errorType, requestId and stackTrace."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

FOLDER = __file__.rpartition("/")[0] + "/"


class Fault(Exception):
    """The function's fault, found by the runtime; `error_type` is its `Runtime.*` name."""

    def __init__(self, error_type: str, message: str, trace: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.trace = trace


def report(error: BaseException, request_id: str = "") -> dict[str, Any]:
    """The document of an error; `request_id` is empty in the init phase."""
    fault = error if isinstance(error, Fault) else None
    return {
        "errorMessage": str(error),
        "errorType": fault.error_type if fault else type(error).__name__,
        "requestId": request_id,
        "stackTrace": list(fault.trace) if fault else _stack(error.__traceback__),
    }


def _stack(trace: TracebackType | None) -> list[str]:
    """Without this runtime's own frames."""
    frames = traceback.extract_tb(trace)
    # As tuples, which have no columns: Lambda's stacks point at lines, not at parts of them.
    return traceback.format_list(
        [
            (frame.filename, frame.lineno or 0, frame.name, frame.line)
            for frame in frames
            if not frame.filename.startswith(FOLDER)
        ]
    )
