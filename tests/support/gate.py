"""A gate between a test and a function: the function waits there until the test lets it through."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Gate:
    """A function arrives by connecting to `port`; it goes on when it reads a byte."""

    def __init__(self) -> None:
        self._arrived: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        self._all: list[asyncio.StreamWriter] = []
        self.port = 0

    async def wait_for_arrival(self) -> asyncio.StreamWriter:
        """Waits until a function stands at the gate. Returns what `let_through` needs."""
        async with asyncio.timeout(20):
            return await self._arrived.get()

    async def open(self) -> None:
        """Waits until a function stands at the gate, and lets it through."""
        await self.let_through(await self.wait_for_arrival())

    async def let_through(self, arrival: asyncio.StreamWriter) -> None:
        """Lets one function go on."""
        arrival.write(b".")
        with suppress(ConnectionError):
            await arrival.drain()

    async def add_arrival(self, _: asyncio.StreamReader, arrival: asyncio.StreamWriter) -> None:
        """Is called by the server for each connection."""
        self._all.append(arrival)
        self._arrived.put_nowait(arrival)

    async def close(self) -> None:
        """Ends all connections. Functions that still wait go on."""
        for arrival in self._all:
            arrival.close()
            with suppress(ConnectionError):
                await arrival.wait_closed()


@asynccontextmanager
async def serve_gate(listener: socket.socket | None = None) -> AsyncIterator[Gate]:
    """A gate on a free port of 127.0.0.1, or on a socket that several tests use in turn.

    Functions of an earlier test that still wait go on.
    """
    gate = Gate()
    if listener:
        dismiss_all(listener)
        server = await asyncio.start_server(gate.add_arrival, sock=listener.dup())
    else:
        server = await asyncio.start_server(gate.add_arrival, "127.0.0.1", 0)
    gate.port = server.sockets[0].getsockname()[1]
    try:
        yield gate
    finally:
        server.close()
        await gate.close()
        await server.wait_closed()


def dismiss_all(listener: socket.socket) -> None:
    """Ends the connections that nobody has accepted."""
    listener.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
