"""Parses a runtime's requests out of the bytes of its connection: heads, bodies, trailers. No I/O.

llhttp does the parsing. A web framework would hide what matters here: the trailers after a chunked
body, and the moment at which a body is cut.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import httptools

# An X-Ray error cause travels in a header and may have up to 1 MiB.
MOST_HEADER_BYTES = 1024 * 1024 + 64 * 1024


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The head of a request."""

    method: str
    path: str
    headers: Mapping[str, str]  # lower-case names; repeated ones joined by a comma
    keep_alive: bool


@dataclass(frozen=True, slots=True)
class BodyEnd:
    """The end of a request's body."""

    trailers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MalformedRequest:
    """What came is not HTTP/1.1, or a head that is too long."""

    reason: str


class RequestParser:
    """`found` has what was parsed, in order: a request, its body in pieces, and the body's end."""

    def __init__(self) -> None:
        self.found: deque[HttpRequest | bytes | BodyEnd | MalformedRequest] = deque()
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._fields: dict[str, str] = {}
        self._size = 0
        self._unheard_bytes = 0  # since something was found

    def feed(self, data: bytes) -> None:
        before = len(self.found)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.found.append(MalformedRequest(str(error.__context__ or error)))
        if len(self.found) > before:
            self._unheard_bytes = 0
            return
        # Of a line without an end llhttp says nothing, and keeps all of it.
        self._unheard_bytes += len(data)
        if self._unheard_bytes > MOST_HEADER_BYTES:
            self.found.append(MalformedRequest("a line of the head has no end"))

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._url, self._fields, self._size = b"", {}, 0

    def on_url(self, part: bytes) -> None:
        self._url += part

    def on_header(self, raw_name: bytes, raw_value: bytes) -> None:
        self._size += len(raw_name) + len(raw_value)
        if self._size > MOST_HEADER_BYTES:
            raise ValueError(f"the head has more than {MOST_HEADER_BYTES} bytes")
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        fields = self._fields
        fields[name] = f"{fields[name]}, {value}" if name in fields else value

    def on_headers_complete(self) -> None:
        path = self._url.partition(b"?")[0].decode("latin-1")
        method = self._parser.get_method().decode("latin-1")
        keep_alive = self._parser.should_keep_alive()
        self.found.append(HttpRequest(method, path, self._fields, keep_alive))
        self._fields = {}  # from here on, trailers

    def on_body(self, data: bytes) -> None:
        self.found.append(data)

    def on_message_complete(self) -> None:
        self.found.append(BodyEnd(self._fields))
