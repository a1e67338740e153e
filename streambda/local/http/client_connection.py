"""The client's end of one HTTP/1.1 connection: h11 on the streams of asyncio."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import h11

# Methods whose request needs no Content-Length if it has no body.
BODILESS = frozenset({"GET", "HEAD"})

READ_BYTES = 64 * 1024

# RFC 9110, 15: "the valid range of status codes is 100 to 599".
LAST_STATUS = 599

# What reading raises where the other side breaks off, or does not speak HTTP.
BROKEN = (h11.RemoteProtocolError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMessage:
    """Args: `target` is the path with its query, percent-encoded; `headers` have the `Host`."""

    method: str
    target: str
    headers: tuple[tuple[str, str | bytes], ...]
    body: bytes = b""


class InvalidRequest(ValueError):
    """No HTTP message can carry this request."""


class ClientConnection:
    """One request, and its response. `reader` is set once the connection is open."""

    reader: asyncio.StreamReader

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT)

    def encode(self, request: RequestMessage) -> bytes:
        """The whole request, after which the server closes. Raises `InvalidRequest`."""
        headers: list[tuple[str, str | bytes]] = [*request.headers, ("Connection", "close")]
        names = {name.lower() for name, _ in headers}
        if "content-length" not in names and (request.body or request.method not in BODILESS):
            headers.append(("Content-Length", str(len(request.body))))
        try:
            encoded = [(name.encode("ascii"), _to_bytes(value)) for name, value in headers]
            head = h11.Request(method=request.method, target=request.target, headers=encoded)
            events = (head, h11.Data(data=request.body), h11.EndOfMessage())
            return b"".join(self._h11.send(event) or b"" for event in events)
        except (h11.LocalProtocolError, UnicodeEncodeError) as error:
            raise InvalidRequest(f"this request cannot be sent: {error}") from error

    async def read_head(self) -> h11.Response:
        """Raises `BROKEN`."""
        while not isinstance(event := await self._read_event(), h11.Response):
            pass  # 1xx
        if event.status_code > LAST_STATUS:
            raise h11.RemoteProtocolError(f"its status is {event.status_code}, expected 200 to 599")
        return event

    async def read_body(self) -> AsyncIterator[bytes]:
        """Raises `BROKEN`."""
        while self._h11.their_state is h11.SEND_BODY:
            event = await self._read_event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    async def _read_event(self) -> h11.Event:
        while True:
            event = self._h11.next_event()
            if isinstance(event, h11.Event):
                return event
            data = await self.reader.read(READ_BYTES)
            waits_for_head = self._h11.their_state is h11.SEND_RESPONSE
            if waits_for_head and not data and not self._h11.trailing_data[0]:
                raise h11.RemoteProtocolError("it closed the connection without a response")
            self._h11.receive_data(data)


def _to_bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("ascii")
