"""HTTP/1.1 as the Runtime API speaks it: requests to bytes, bytes to responses. No socket here.

The runtime sends one request at a time over one connection (RFC 9112): a head, and for a streamed
response a chunked body with a trailer section. What comes back is parsed however it is cut.
"""

from __future__ import annotations

from .errors import RuntimeApiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Data = bytes | bytearray | memoryview

# A head holds client context and Cognito identity; Lambda's limit for header values is 1 MB.
MAX_HEAD = 1 << 20
# Up to here one copy is cheaper than a gathered write; above, the copy dominates.
GATHER_FROM = 32 * 1024
_SEPARATOR = b"\r\n\r\n"


def request_head(method: str, path: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The request line and the header section, closed by its empty line."""
    return f"{method} {path} HTTP/1.1\r\n".encode("latin-1") + fields(headers)


def fields(headers: Iterable[tuple[str, str]]) -> bytes:
    """Header fields and the empty line behind them."""
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    return ("".join(lines) + "\r\n").encode("latin-1")


def chunk(data: Data) -> tuple[Data, ...]:
    """One chunk of a chunked body, in the parts to write together.

    `data` must not be empty: a zero-length chunk ends the body.
    """
    if len(data) < GATHER_FROM:
        return (small_chunk(data),)
    return b"%x\r\n" % len(data), data, b"\r\n"


def small_chunk(data: Data) -> bytes:
    """One chunk in one piece, for data that is cheap to copy."""
    return b"%x\r\n%b\r\n" % (len(data), data)  # type: ignore[str-format]  # takes any buffer


def chunks(items: list[Data]) -> tuple[Data, ...]:
    """Several chunks, to be written together; none of them may be empty."""
    return (b"".join([small_chunk(data) for data in items]),)


def last_chunk(trailers: Iterable[tuple[str, str]] = ()) -> bytes:
    """The end of a chunked body: the last chunk, the trailer section, the empty line."""
    section = "".join(f"{name}: {value}\r\n" for name, value in trailers)
    return b"0\r\n" + section.encode("latin-1") + b"\r\n"


class Response:
    """One response of the Runtime API; header names are lower-case."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def closes(self) -> bool:
        """Whether the peer closes the connection after this response."""
        return self.headers.get("connection", "").lower() == "close"


class ResponseParser:
    """Bytes in, responses out; fed in any pieces, one parser for the life of a connection."""

    __slots__ = ("_body", "_buffer", "_head")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: Response | None = None
        self._body = bytearray()  # the decoded part of a chunked body

    def feed(self, data: bytes) -> Response | None:
        """Takes what was read; gives the response once it is whole.

        Raises RuntimeApiError when the bytes cannot be HTTP/1.1.
        """
        if not self._buffer and self._head is None and (response := _in_one_piece(data)):
            return response
        self._buffer += data
        while True:
            if self._head is None:
                self._head = self._take_head()
            if self._head is None:
                return None
            if 100 <= self._head.status < 200:  # an interim response: the real one follows
                self._head = None
                continue
            body = self._take_body(self._head.headers)
            if body is None:
                return None
            return self._finish(body)

    def end(self) -> Response | None:
        """The peer closed: a body without a length is whole now; None if nothing had come."""
        if self._head is None and not self._buffer:
            return None
        if self._head is not None and _runs_to_the_end(self._head.headers):
            body, self._buffer = bytes(self._buffer), bytearray()
            return self._finish(body)
        raise RuntimeApiError("the Runtime API closed the connection in the middle of a response")

    def _finish(self, body: bytes) -> Response:
        head = self._head
        assert head is not None
        self._head, self._body = None, bytearray()
        return Response(head.status, head.headers, body)

    def _take_head(self) -> Response | None:
        end = self._buffer.find(_SEPARATOR)
        if end < 0:
            if len(self._buffer) > MAX_HEAD:
                raise RuntimeApiError(f"the Runtime API sent a head of more than {MAX_HEAD} bytes")
            return None
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        return Response(_status(lines[0]), _headers(lines[1:]))

    def _take_body(self, headers: dict[str, str]) -> bytes | None:
        if _is_chunked(headers):
            return self._take_chunks()
        if _runs_to_the_end(headers):
            return None
        length = _number(headers["content-length"], 10, "Content-Length")
        if len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body

    def _take_chunks(self) -> bytes | None:
        while (line_end := self._buffer.find(b"\r\n")) >= 0:
            size_text = self._buffer[:line_end].partition(b";")[0].decode("latin-1").strip()
            size = _number(size_text, 16, "chunk size")
            if size == 0:
                return self._take_trailers(line_end)
            start, stop = line_end + 2, line_end + 2 + size
            if len(self._buffer) < stop + 2:
                return None
            if self._buffer[stop : stop + 2] != b"\r\n":
                raise RuntimeApiError(f"the Runtime API sent a chunk longer than its size {size}")
            self._body += self._buffer[start:stop]
            del self._buffer[: stop + 2]
        return None

    def _take_trailers(self, line_end: int) -> bytes | None:
        # The CRLF of the last chunk's line counts, so an empty trailer section is found as well.
        end = self._buffer.find(_SEPARATOR, line_end)
        if end < 0:
            return None
        del self._buffer[: end + 4]
        return bytes(self._body)


def _in_one_piece(data: bytes) -> Response | None:
    """The usual case at a third of the cost: one final response with a length, and no more."""
    head, separator, body = data.partition(_SEPARATOR)
    line, _, rest = head.decode("latin-1").partition("\r\n")
    if not separator or not rest or line[9:10] == "1":
        return None
    headers = _headers(rest.split("\r\n"))
    if headers.get("content-length") != str(len(body)) or _is_chunked(headers):
        return None
    return Response(_status(line), headers, body)


def _status(line: str) -> int:
    version, _, rest = line.partition(" ")
    code = rest[:3]
    if version not in ("HTTP/1.1", "HTTP/1.0") or not (code.isascii() and code.isdigit()):
        raise RuntimeApiError(
            f"the Runtime API sent {line[:80]!r}, expected an HTTP/1.1 status line"
        )
    return int(code)


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name:
            raise RuntimeApiError(f"the Runtime API sent {line[:80]!r}, expected a header")
        headers[name.lower()] = value.strip(" \t")
    return headers


def _number(text: str, base: int, what: str) -> int:
    # int() alone would take "+5", "1_0" and " 5".
    if text and text.isascii() and text.isalnum():
        try:
            return int(text, base)
        except ValueError:
            pass
    raise RuntimeApiError(f"the Runtime API sent {text[:40]!r} as {what}, expected a number")


def _is_chunked(headers: dict[str, str]) -> bool:
    return headers.get("transfer-encoding", "").lower() == "chunked"


def _runs_to_the_end(headers: dict[str, str]) -> bool:
    return not _is_chunked(headers) and "content-length" not in headers
