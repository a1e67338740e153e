"""A backend for HTTP integrations: keeps each request, and answers with bytes as they are."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

TLS = b"\x16"  # begins a handshake


@dataclass(frozen=True, slots=True)
class Received:
    line: str  # "GET /words?a=1 HTTP/1.1"
    headers: tuple[tuple[str, str], ...]  # as they were written
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Backend:
    """`answer` is bytes, or writes them itself; the connection ends after it."""

    def __init__(self) -> None:
        self.answer: bytes | Answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
        self.received: list[Received] = []
        self.ended = asyncio.Event()  # a connection has ended, on whichever side
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.received.append(await read_request(reader))
            if isinstance(self.answer, bytes):
                writer.write(self.answer)
                await writer.drain()
            else:
                await self.answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has left
        finally:  # also of an answer that never ends
            writer.close()
            self.ended.set()


async def read_request(reader: asyncio.StreamReader) -> Received:
    first = await reader.readexactly(1)
    if first == TLS:
        raise ConnectionError("this is no server for TLS")
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.strip().split("\r\n")
    pairs = [one.partition(": ") for one in lines]
    headers = tuple((name, value) for name, _, value in pairs)
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return Received(line, headers, await reader.readexactly(length))


@asynccontextmanager
async def serve_backend() -> AsyncIterator[Backend]:
    """On a free port of 127.0.0.1."""
    backend = Backend()
    server = await asyncio.start_server(backend.serve, "127.0.0.1", 0)
    backend.port = server.sockets[0].getsockname()[1]
    try:
        yield backend
    finally:
        # Not waited for: an answer that never ends would keep it open.
        server.close()
