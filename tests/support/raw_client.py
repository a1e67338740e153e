"""A client that sends bytes as they are, and reads responses by their framing: RFC 9112, 6.3."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

BODILESS = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class RawResponse:
    """Args: `framing` is "length", "chunked", "close" or "none"."""

    status: int
    headers: tuple[tuple[str, str], ...]  # lower-case names
    body: bytes
    framing: str

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


class RawConnection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def read_head(self) -> tuple[int, tuple[tuple[str, str], ...]]:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines[1:] if line)
        headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
        return int(lines[0].split()[1]), headers

    async def read_response(self, method: str = "POST") -> RawResponse:
        status, headers = await self.read_head()
        found = dict(headers)
        if method == "HEAD" or status in BODILESS:
            return RawResponse(status, headers, b"", "none")
        if found.get("transfer-encoding") == "chunked":
            return RawResponse(status, headers, await self._read_chunks(), "chunked")
        if "content-length" in found:
            body = await self.reader.readexactly(int(found["content-length"]))
            return RawResponse(status, headers, body, "length")
        return RawResponse(status, headers, await self.reader.read(), "close")

    async def is_over(self) -> bool:
        """Whether the server has closed the connection, without a byte more."""
        return await self.reader.read() == b""

    async def _read_chunks(self) -> bytes:
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()
        return body


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[RawConnection]:
    parts = urlsplit(url)
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            yield RawConnection(reader, writer)
        finally:
            writer.transport.abort()
