"""One socket as a stream of bytes in both directions, each with back-pressure.

asyncio's StreamReader copies what a socket gave into a buffer and out of it again, which for
chunks of 64 KiB costs as much as parsing them. Here each read is handed on as the object it is.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

# Beyond this nothing more is read from the socket until `read` has taken some.
MOST_WAITING_BYTES = 256 * 1024


class SocketStream(asyncio.Protocol):
    """Args: `connected` is called with the stream once there is a connection."""

    def __init__(self, connected: Callable[["SocketStream"], None]) -> None:
        self._connected = connected
        self._arrived: deque[bytes] = deque()
        self._arrived_bytes = 0
        self._ended = False
        self._lost: Exception | None = None
        self._readable = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._closed = asyncio.Event()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connected(self)

    def data_received(self, data: bytes) -> None:
        self._arrived.append(data)
        self._arrived_bytes += len(data)
        if self._arrived_bytes > MOST_WAITING_BYTES:
            self._transport.pause_reading()
        self._readable.set()

    def eof_received(self) -> bool:
        self._ended = True
        self._readable.set()
        return True  # the way back stays open

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        self._lost = error
        for event in (self._readable, self._writable, self._closed):
            event.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # What `connection` calls.

    async def read(self) -> bytes:
        """Some bytes, or none at the end. Raises `OSError` if the connection was lost."""
        while not self._arrived:
            if self._lost:
                raise self._lost
            if self._ended:
                return b""
            self._readable.clear()
            await self._readable.wait()
        data = self._arrived.popleft()
        self._arrived_bytes -= len(data)
        if self._arrived_bytes <= MOST_WAITING_BYTES:
            self._transport.resume_reading()
        return data

    async def write(self, data: bytes) -> None:
        """Returns when there is room for more. Raises `ConnectionError` if nobody is there."""
        self.put(data)
        await self.flush()

    def put(self, data: bytes) -> None:
        """Writes, at once; `flush` must follow. Raises `ConnectionError` if nobody is there."""
        if self._closed.is_set():
            raise ConnectionResetError("the connection was lost")
        self._transport.write(data)

    async def flush(self) -> None:
        """Returns when there is room for more."""
        await self._writable.wait()

    def abort(self) -> None:
        """Ends the connection at once, without what is still on its way."""
        self._transport.abort()

    async def close(self) -> None:
        """Ends the connection after all that was written."""
        self._transport.close()
        await self._closed.wait()
