"""Sends one HTTP request to an endpoint, over a real connection, as any client would.

What an endpoint answers as a whole is handed back with its body. A stream is handed back with its
beginning, and read on in the background: the function must not wait for the one who asked.
"""

import asyncio
import string
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import h11

BODILESS = frozenset({"GET", "HEAD"})

READ_SIZE = 64 * 1024
MOST_SHOWN_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    endpoint_url: str
    method: str
    path: str  # below the endpoint's URL, with its query
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str | None  # the first 4 KiB of a whole answer; None for a stream


class Unsendable(ValueError):
    """No HTTP message can say this."""


class NoAnswer(Exception):
    """The endpoint has hung up."""


async def send(request: Outgoing, tasks: asyncio.TaskGroup) -> Answer:
    """Returns with the head of the answer; `tasks` reads on. Raises `Unsendable`, `NoAnswer`."""
    wire = Wire()
    data = wire.encode(request)
    url = urlsplit(request.endpoint_url)
    try:
        wire.reader, writer = await asyncio.open_connection(url.hostname, url.port)
    except OSError as error:
        raise NoAnswer(f"the endpoint is closed: {error}") from error
    try:
        writer.write(data)
        head = await wire.head()
        pairs = tuple((name.decode(), value.decode("latin-1")) for name, value in head.headers)
        whole = request.method == "HEAD" or any(name == "content-length" for name, _ in pairs)
        body = await shown(wire.body()) if whole else None
    except (h11.RemoteProtocolError, OSError) as error:
        writer.close()
        raise NoAnswer(f"the endpoint hung up: {error}") from error
    tasks.create_task(read_on(wire, writer))
    return Answer(status=head.status_code, headers=pairs, body=body)


async def shown(body: AsyncIterator[bytes]) -> str:
    found = b""
    async for data in body:
        found += data
        if len(found) >= MOST_SHOWN_BYTES:
            break
    return found[:MOST_SHOWN_BYTES].decode("utf-8", "backslashreplace")


async def read_on(wire: "Wire", writer: asyncio.StreamWriter) -> None:
    try:
        # A stream that is cut is the timeline's to tell.
        with suppress(h11.RemoteProtocolError, OSError):
            async for _ in wire.body():
                pass
    finally:
        writer.close()


class Wire:
    """The client's end of one HTTP/1.1 connection."""

    reader: asyncio.StreamReader

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT)

    def encode(self, request: Outgoing) -> bytes:
        url = urlsplit(request.endpoint_url)
        headers = [*request.headers, ("Connection", "close")]
        given = {name.lower() for name, _ in headers}
        if "user-agent" not in given:
            headers.append(("User-Agent", "streambda-console"))
        if "host" not in given:
            headers.append(("Host", url.netloc))
        if "content-length" not in given and (request.body or request.method not in BODILESS):
            headers.append(("Content-Length", str(len(request.body))))
        # What is typed may have spaces and umlauts; what is encoded already stays as it is.
        target = url.path.rstrip("/") + quote(request.path, safe=string.punctuation)
        try:
            head = h11.Request(method=request.method, target=target, headers=headers)
            events = (head, h11.Data(data=request.body), h11.EndOfMessage())
            return b"".join(self._h11.send(event) or b"" for event in events)
        except (h11.LocalProtocolError, UnicodeEncodeError) as error:
            raise Unsendable(f"this request cannot be sent: {error}") from error

    async def head(self) -> h11.Response:
        while not isinstance(event := await self._next(), h11.Response):
            pass  # 1xx
        return event

    async def body(self) -> AsyncIterator[bytes]:
        while self._h11.their_state is h11.SEND_BODY:
            event = await self._next()
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    async def _next(self) -> h11.Event:
        while True:
            event = self._h11.next_event()
            if isinstance(event, h11.Event):
                if isinstance(event, h11.ConnectionClosed):
                    raise h11.RemoteProtocolError("the connection was closed without an answer")
                return event
            self._h11.receive_data(await self.reader.read(READ_SIZE))
