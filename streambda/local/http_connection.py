"""One HTTP/1.1 connection from a runtime: h11 reads the bytes that `peer` moves.

A web framework would hide what matters here, the trailers behind a chunked body and the moment at
which the body is cut.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import h11

from streambda.local.peer import Peer

# X-Ray causes travel in a header and may have up to 1 MiB.
MOST_HEADER_BYTES = 1024 * 1024 + 64 * 1024

Headers = list[tuple[bytes, bytes]]


class BodyCutShort(Exception):
    """The peer closed the connection, or broke the framing, before the body's end."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    method: str
    path: str
    headers: dict[str, str]  # lower-case names; repeated ones joined by a comma

    @classmethod
    def from_event(cls, event: h11.Request) -> "HttpRequest":
        path = event.target.decode("ascii").partition("?")[0]
        return cls(event.method.decode("ascii"), path, joined(event.headers))


class HttpConnection:
    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEADER_BYTES)
        self.trailers: dict[str, str] = {}

    async def request(self) -> HttpRequest | None:
        """The next request, or None when there will be none."""
        if self._h11.our_state is h11.DONE:
            self._h11.start_next_cycle()
        self.trailers = {}
        try:
            event = await self._next_event()
        except h11.RemoteProtocolError:
            return None
        return HttpRequest.from_event(event) if isinstance(event, h11.Request) else None

    async def body(self) -> AsyncIterator[bytes]:
        """The body as it arrives; `trailers` are there after the end."""
        if self._h11.they_are_waiting_for_100_continue:
            await self._send(h11.InformationalResponse(status_code=100, headers=[]))
        while True:
            try:
                event = await self._next_event()
            except h11.RemoteProtocolError as error:
                raise BodyCutShort(str(error)) from error
            if isinstance(event, h11.EndOfMessage):
                self.trailers = joined(event.headers)
                return
            if isinstance(event, h11.Data) and event.data:
                yield bytes(event.data)

    async def drain(self) -> None:
        """Reads the rest of the body and forgets it, so that the answer finds a listener."""
        if self._h11.their_state is h11.SEND_BODY:
            async for _ in self.body():
                pass

    async def answer(
        self, status: int, body: bytes, headers: Headers | None = None, *, close: bool = False
    ) -> None:
        head: Headers = [
            (b"Content-Type", b"application/json"),
            (b"Content-Length", str(len(body)).encode()),
            *([(b"Connection", b"close")] if close else []),
            *(headers or []),
        ]
        reason = HTTPStatus(status).phrase.encode()
        await self._send(
            h11.Response(status_code=status, headers=head, reason=reason),
            h11.Data(data=body),
            h11.EndOfMessage(),
        )

    async def answer_json(self, status: int, document: Any, *, close: bool = False) -> None:
        await self.answer(status, json.dumps(document).encode() + b"\n", close=close)

    @property
    def reusable(self) -> bool:
        return self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE

    async def _next_event(self) -> h11.Event:
        while True:
            event = self._h11.next_event()
            if isinstance(event, h11.Event):
                return event
            # NEED_DATA; PAUSED cannot be, since requests are read one after another.
            try:
                self._h11.receive_data(await self._peer.read())
            except OSError as error:
                raise h11.RemoteProtocolError(f"the connection was lost: {error}") from error

    async def _send(self, *events: h11.Event) -> None:
        await self._peer.write(b"".join(self._h11.send(event) or b"" for event in events))


def joined(headers: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
