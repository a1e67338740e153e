"""A gate between a test and a function: the function waits there until the test lets it through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Gate:
    def __init__(self) -> None:
        self._arrived: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        self._all: list[asyncio.StreamWriter] = []
        self.port = 0

    async def arrival(self) -> asyncio.StreamWriter:
        """Returns when a function stands at the gate."""
        async with asyncio.timeout(20):
            return await self._arrived.get()

    async def open(self) -> None:
        """Waits for a function to arrive and lets it through."""
        await self.let(await self.arrival())

    async def let(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b".")
        with suppress(ConnectionError):
            await writer.drain()

    async def _connected(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._all.append(writer)
        self._arrived.put_nowait(writer)

    async def close(self) -> None:
        for writer in self._all:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def gate() -> AsyncIterator[Gate]:
    keeper = Gate()
    server = await asyncio.start_server(keeper._connected, "127.0.0.1", 0)
    keeper.port = server.sockets[0].getsockname()[1]
    try:
        yield keeper
    finally:
        server.close()
        await keeper.close()
        await server.wait_closed()
