"""Sends one HTTP request to an endpoint, over a real connection, as any client would.

A response with a Content-Length comes back with its body. A stream comes back with its head, and
is read to its end in the background: the function must not wait for the browser.
"""

import asyncio
import string
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import h11

from streambda.local.model.constants import STREAMING_PATH

# Methods whose request needs no Content-Length if it has no body.
BODILESS = frozenset({"GET", "HEAD"})

READ_BYTES = 64 * 1024
MAX_BODY_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRequest:
    endpoint_url: str
    method: str
    path: str  # below the endpoint's URL, with its query
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientResponse:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str | None  # the first 4 KiB of a whole response; None for a stream


class InvalidRequest(ValueError):
    """No HTTP message can carry this request."""


class NoResponse(Exception):
    """The endpoint has closed the connection."""


def build_invoke_request(lambda_url: str, function: str, event: bytes) -> ClientRequest:
    """InvokeWithResponseStream of Lambda's API. It is not signed."""
    path = STREAMING_PATH.format(name=quote(function, safe=""))
    return ClientRequest(endpoint_url=lambda_url, method="POST", path=path, headers=(), body=event)


async def send_request(request: ClientRequest, tasks: asyncio.TaskGroup) -> ClientResponse:
    """Returns with the head of the response; one of `tasks` reads the rest.

    Raises `InvalidRequest` and `NoResponse`.
    """
    connection = ClientConnection()
    data = connection.encode(request)
    url = urlsplit(request.endpoint_url)
    try:
        connection.reader, writer = await asyncio.open_connection(url.hostname, url.port)
    except OSError as error:
        raise NoResponse(f"cannot connect to the endpoint: {error}") from error
    try:
        writer.write(data)
        head = await connection.read_head()
        pairs = tuple((name.decode(), value.decode("latin-1")) for name, value in head.headers)
        whole = request.method == "HEAD" or any(name == "content-length" for name, _ in pairs)
        body = await read_beginning(connection.read_body()) if whole else None
    except (h11.RemoteProtocolError, OSError) as error:
        writer.close()
        raise NoResponse(f"the endpoint closed the connection: {error}") from error
    tasks.create_task(read_to_end(connection, writer))
    return ClientResponse(status=head.status_code, headers=pairs, body=body)


async def read_beginning(body: AsyncIterator[bytes]) -> str:
    found = b""
    async for data in body:
        found += data
        if len(found) >= MAX_BODY_BYTES:
            break
    return found[:MAX_BODY_BYTES].decode("utf-8", "backslashreplace")


async def read_to_end(connection: "ClientConnection", writer: asyncio.StreamWriter) -> None:
    try:
        # The timeline shows a stream that was cut; here it does not matter.
        with suppress(h11.RemoteProtocolError, OSError):
            async for _ in connection.read_body():
                pass
    finally:
        writer.close()


class ClientConnection:
    """The client's end of one HTTP/1.1 connection."""

    reader: asyncio.StreamReader

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT)

    def encode(self, request: ClientRequest) -> bytes:
        """The whole request. Raises `InvalidRequest`."""
        url = urlsplit(request.endpoint_url)
        headers = [*request.headers, ("Connection", "close")]
        names = {name.lower() for name, _ in headers}
        if "user-agent" not in names:
            headers.append(("User-Agent", "streambda-console"))
        if "host" not in names:
            headers.append(("Host", url.netloc))
        if "content-length" not in names and (request.body or request.method not in BODILESS):
            headers.append(("Content-Length", str(len(request.body))))
        # A typed path may have spaces and umlauts; what is encoded already stays as it is.
        target = url.path.rstrip("/") + quote(request.path, safe=string.punctuation)
        try:
            head = h11.Request(method=request.method, target=target, headers=headers)
            events = (head, h11.Data(data=request.body), h11.EndOfMessage())
            return b"".join(self._h11.send(event) or b"" for event in events)
        except (h11.LocalProtocolError, UnicodeEncodeError) as error:
            raise InvalidRequest(f"this request cannot be sent: {error}") from error

    async def read_head(self) -> h11.Response:
        while not isinstance(event := await self._read_event(), h11.Response):
            pass  # 1xx
        return event

    async def read_body(self) -> AsyncIterator[bytes]:
        while self._h11.their_state is h11.SEND_BODY:
            event = await self._read_event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    async def _read_event(self) -> h11.Event:
        while True:
            event = self._h11.next_event()
            if isinstance(event, h11.Event):
                if isinstance(event, h11.ConnectionClosed):
                    raise h11.RemoteProtocolError("no response came")
                return event
            self._h11.receive_data(await self.reader.read(READ_BYTES))
