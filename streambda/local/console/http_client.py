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

from streambda.local.http.client_connection import BROKEN, ClientConnection, RequestMessage
from streambda.local.model.constants import STREAMING_PATH

MAX_BODY_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRequest:
    endpoint_url: str
    method: str
    path: str  # below the endpoint's URL, with its query
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def to_message(self) -> RequestMessage:
        url = urlsplit(self.endpoint_url)
        names = {name.lower() for name, _ in self.headers}
        defaults = (("User-Agent", "streambda-console"), ("Host", url.netloc))
        more = tuple(pair for pair in defaults if pair[0].lower() not in names)
        return RequestMessage(
            method=self.method,
            # A typed path may have spaces and umlauts; what is encoded already stays as it is.
            target=url.path.rstrip("/") + quote(self.path, safe=string.punctuation),
            headers=(*self.headers, *more),
            body=self.body,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientResponse:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str | None  # the first 4 KiB of a whole response; None for a stream


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
    data = connection.encode(request.to_message())
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
    except BROKEN as error:
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


async def read_to_end(connection: ClientConnection, writer: asyncio.StreamWriter) -> None:
    try:
        # The timeline shows a stream that was cut; here it does not matter.
        with suppress(*BROKEN):
            async for _ in connection.read_body():
                pass
    finally:
        writer.close()
