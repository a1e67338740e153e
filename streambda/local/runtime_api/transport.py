"""The other end of one connection: its bytes as they came, and bytes to it, both held back in turn.

asyncio's StreamReader copies what a socket gave into a buffer and out of it again, which at chunks
of 64 KiB costs as much as parsing them. Here each read goes on as the object that it is.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

# Beyond this the peer is not read from any more, until somebody takes what is here.
MOST_WAITING_BYTES = 256 * 1024


class Peer(asyncio.Protocol):
    """Args: `connected` is called with it, once there is a connection."""

    def __init__(self, connected: Callable[["Peer"], None]) -> None:
        self._connected = connected
        self._arrived: deque[bytes] = deque()
        self._arrived_bytes = 0
        self._ended = False
        self._lost: Exception | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closed = asyncio.Event()

    # What asyncio does.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connected(self)

    def data_received(self, data: bytes) -> None:
        self._arrived.append(data)
        self._arrived_bytes += len(data)
        if self._arrived_bytes > MOST_WAITING_BYTES:
            self._transport.pause_reading()
        self._news.set()

    def eof_received(self) -> bool:
        self._ended = True
        self._news.set()
        return True  # the way back stays open

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        self._lost = error
        for event in (self._news, self._room, self._closed):
            event.set()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    # What a conversation does.

    async def read(self) -> bytes:
        """Some bytes, or none at the end. Raises `OSError` if the connection was lost."""
        while not self._arrived:
            if self._lost:
                raise self._lost
            if self._ended:
                return b""
            self._news.clear()
            await self._news.wait()
        data = self._arrived.popleft()
        self._arrived_bytes -= len(data)
        if self._arrived_bytes <= MOST_WAITING_BYTES:
            self._transport.resume_reading()
        return data

    async def write(self, data: bytes) -> None:
        """Returns when there is room for more. Raises `ConnectionError` if nobody is there."""
        if self._closed.is_set():
            raise ConnectionResetError("the connection was lost")
        self._transport.write(data)
        await self._room.wait()

    def abort(self) -> None:
        """Ends the connection, whatever is on its way."""
        self._transport.abort()

    async def close(self) -> None:
        """Ends the connection behind what was written."""
        self._transport.close()
        await self._closed.wait()
