"""The last frame of a broken stream, in the body's own format, for those who see only the body.

Trailers reach SDK callers; over HTTP the body is just cut. Where the media type has frames, one
more says so: `{"error": {"type", "message", "request_id"}}`, in each format. Clients of LLM
services, `openai` among them, raise an error for data with such an object. The message is always
the same: the error's own may hold what only the log should have.
"""

from __future__ import annotations

from ..json_codec import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..errors import ErrorReport
    from ..http11 import Data
    from ..response import HttpMetadata

_MESSAGE = "the stream was cut by an error"


# Media type -> what stands before the document in a frame, and what ends the frame.
_FORMATS = {
    "text/event-stream": (b"event: error\ndata: ", b"\n\n"),
    "application/x-ndjson": (b"", b"\n"),
    "application/ndjson": (b"", b"\n"),
    "application/jsonl": (b"", b"\n"),
    "application/jsonlines": (b"", b"\n"),
    "application/x-jsonlines": (b"", b"\n"),
}


def encode_error_frame(
    metadata: HttpMetadata, last: Data | list[Data], report: ErrorReport, request_id: str
) -> bytes:
    """The frame to send behind `last`, the last chunk sent; empty where the format has none."""
    headers = {name.lower(): value for name, value in metadata.headers}
    chosen = _FORMATS.get(_find_media_type(metadata, headers))
    if chosen is None or headers.get("content-encoding", "identity").lower() != "identity":
        return b""  # there are no frames, or they are packed
    start, end = chosen
    error = {"type": report.name, "message": _MESSAGE, "request_id": request_id}
    return _close_last_frame(end, last) + start + dumps({"error": error}) + end


def _find_media_type(metadata: HttpMetadata, headers: dict[str, str]) -> str:
    content_type = headers.get("content-type") or metadata.media_type or ""
    return str(content_type).partition(";")[0].strip().lower()


def _close_last_frame(end: bytes, last: Data | list[Data]) -> bytes:
    """What must come first so that the frame is not read as part of one that was cut."""
    while isinstance(last, list):
        last = last[-1] if last else b""
    tail = bytes(last[-len(end) :])
    return b"" if not tail or tail == end else end
