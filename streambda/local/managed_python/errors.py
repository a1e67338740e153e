"""Errors as the documents that Lambda reads: errorMessage, errorType, requestId, stackTrace."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

FOLDER = __file__.rpartition("/")[0] + "/"


class FunctionError(Exception):
    """An error of the function that this runtime finds; `error_type` is its `Runtime.*` name."""

    def __init__(self, error_type: str, message: str, trace: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.trace = trace


def describe_error(error: BaseException, request_id: str = "") -> dict[str, Any]:
    """The document; `request_id` is empty in the init phase."""
    found = error if isinstance(error, FunctionError) else None
    return {
        "errorMessage": str(error),
        "errorType": found.error_type if found else type(error).__name__,
        "requestId": request_id,
        "stackTrace": list(found.trace) if found else _format_stack(error.__traceback__),
    }


def _format_stack(trace: TracebackType | None) -> list[str]:
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
