"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from __future__ import annotations

from ..chunks import encode_text
from ..json_codec import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A comment: clients drop it, idle timeouts start anew.
SSE_HEARTBEAT = b": \n\n"


def sse(
    data: Any = None, *, event: str | None = None, id: str | None = None, retry: int | None = None
) -> bytes:
    r"""A server-sent event. `data`: a str is sent as it is, line by line; anything else as JSON.

    `event` names the type, `id` comes back as Last-Event-ID after a lost connection, `retry` is
    how long the client then waits, in milliseconds. With no `data` a client dispatches nothing.
    Raises ValueError for an event or id with a line end or NUL, or a retry that is no natural
    number. https://html.spec.whatwg.org/multipage/server-sent-events.html

    >>> sse({"token": "hi"}, event="token", id="7")
    b'event: token\nid: 7\ndata: {"token":"hi"}\n\n'
    """
    lines = [_encode_field("event", event), _encode_field("id", id), _encode_retry(retry)]
    if data is not None:
        text = data if isinstance(data, str) else dumps(data).decode("utf-8")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines += [f"data: {line}\n" for line in text.split("\n")]
    return encode_text("".join(lines) + "\n")


def _encode_field(name: str, value: str | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or any(char in value for char in "\r\n\0"):
        raise ValueError(f"{name} is {value!r}, expected a str without line ends and NUL")
    return f"{name}: {value}\n"


def _encode_retry(value: int | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"retry is {value!r}, expected milliseconds as an int from 0 up")
    return f"retry: {value}\n"
