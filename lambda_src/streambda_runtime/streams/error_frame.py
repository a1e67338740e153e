"""The last frame of a broken stream, in the body's own format, for those who see only the body.

Trailers reach SDK callers; over HTTP the body is just cut. Where the media type has frames, one
more says so. It names the type of the error and the request, not the message: that may hold what
only the log should have.
"""

from __future__ import annotations

from ..json_codec import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..errors import ErrorReport
    from ..http11 import Data
    from ..response import HttpMetadata

_MESSAGE = "the stream was cut by an error"


def _frame_sse(document: bytes) -> bytes:
    return b"event: error\ndata: " + document + b"\n\n"


def _frame_line(document: bytes) -> bytes:
    return b'{"error":' + document + b"}\n"


# Media type -> what ends a frame of it, and how a document becomes one.
_FORMATS = {
    "text/event-stream": (b"\n\n", _frame_sse),
    "application/x-ndjson": (b"\n", _frame_line),
    "application/ndjson": (b"\n", _frame_line),
    "application/jsonl": (b"\n", _frame_line),
}


def encode_error_frame(
    metadata: HttpMetadata, last: Data | list[Data], report: ErrorReport, request_id: str
) -> bytes:
    """The frame to send behind `last`, the last chunk sent; empty where the format has none."""
    chosen = _FORMATS.get(_find_media_type(metadata))
    if chosen is None:
        return b""
    end, frame = chosen
    document = {"errorType": report.name, "errorMessage": _MESSAGE, "requestId": request_id}
    return _close_last_frame(end, last) + frame(dumps(document))


def _find_media_type(metadata: HttpMetadata) -> str:
    headers = {name.lower(): value for name, value in metadata.headers}
    content_type = headers.get("content-type") or metadata.media_type or ""
    return str(content_type).partition(";")[0].strip().lower()


def _close_last_frame(end: bytes, last: Data | list[Data]) -> bytes:
    """What must come first so that the frame is not read as part of one that was cut."""
    while isinstance(last, list):
        last = last[-1] if last else b""
    tail = bytes(last[-len(end) :])
    return b"" if not tail or tail == end else end
