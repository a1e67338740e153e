"""One HTTP/1.1 connection from a runtime: its requests one after another, and our answers."""

import json
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any

from streambda.local.runtime_api.requests import (
    BodyEnd,
    HttpRequest,
    MalformedRequest,
    RequestParser,
)
from streambda.local.runtime_api.socket_stream import SocketStream

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
STATUS_LINES = {one.value: f"HTTP/1.1 {one.value} {one.phrase}\r\n" for one in HTTPStatus}

Headers = Mapping[str, str]


class BodyCutShort(Exception):
    """The runtime closed the connection, or broke the framing, before the body's end."""


class HttpConnection:
    def __init__(self, socket: SocketStream) -> None:
        self._socket = socket
        self._parser = RequestParser()
        self._request: HttpRequest | None = None
        self._body_ended = True
        self._answered = True
        self._closing = False
        self._waits_for_continue = False
        self.trailers: Mapping[str, str] = {}

    async def read_request(self) -> HttpRequest | None:
        """The next request, or None when there will be none."""
        try:
            found = await self._next()
        except BodyCutShort:
            return None
        assert isinstance(found, HttpRequest), "the body before it has been read to its end"
        self._request = found
        self._body_ended = self._answered = False
        self._waits_for_continue = found.headers.get("expect", "").lower() == "100-continue"
        self.trailers = {}
        return found

    async def body(self) -> AsyncIterator[bytes]:
        """The body as it arrives; `trailers` are there after the end. Raises `BodyCutShort`."""
        if self._waits_for_continue:
            self._waits_for_continue = False
            await self._socket.write(CONTINUE)
        while not self._body_ended:
            found = await self._next()
            if isinstance(found, BodyEnd):
                self.trailers = found.trailers
                self._body_ended = True
            elif isinstance(found, bytes):
                yield found

    async def drain(self) -> None:
        """Reads the rest of the body and forgets it, so that the runtime listens to the answer."""
        async for _ in self.body():
            pass

    async def answer(
        self, status: int, body: bytes, headers: Headers | None = None, *, close: bool = False
    ) -> None:
        self.put_answer(status, body, headers, close=close)
        await self.flush()

    async def flush(self) -> None:
        """Waits until the answer is on its way."""
        await self._socket.flush()

    def put_answer(
        self, status: int, body: bytes, headers: Headers | None = None, *, close: bool = False
    ) -> None:
        """As `answer`, at once; `flush` must follow."""
        head = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **({"Connection": "close"} if close else {}),
            **(headers or {}),
        }
        lines = [f"{name}: {value}\r\n" for name, value in head.items()]
        self._answered, self._closing = True, close
        self._socket.put("".join([STATUS_LINES[status], *lines, "\r\n"]).encode() + body)

    async def answer_json(self, status: int, document: Any, *, close: bool = False) -> None:
        await self.answer(status, json.dumps(document).encode() + b"\n", close=close)

    @property
    def reusable(self) -> bool:
        keep_alive = self._request is not None and self._request.keep_alive
        return keep_alive and not self._closing and self._answered and self._body_ended

    async def _next(self) -> HttpRequest | bytes | BodyEnd:
        while not self._parser.found:
            try:
                data = await self._socket.read()
            except OSError as error:
                raise BodyCutShort(f"the connection was lost: {error}") from error
            if not data:
                raise BodyCutShort("the connection was closed")
            self._parser.feed(data)
        found = self._parser.found.popleft()
        if isinstance(found, MalformedRequest):
            raise BodyCutShort(found.reason)
        return found
