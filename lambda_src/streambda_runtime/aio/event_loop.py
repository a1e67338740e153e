"""The event loop of async handlers: one for the life of the environment.

Imported only when a handler turns out to be async, for asyncio takes longer to import than
everything else together.
"""

from __future__ import annotations

import asyncio
from _socket import MSG_DONTWAIT

from ..chunks import encoded, is_text
from ..connection import READ_SIZE
from ..runtime_api import ResponseStream, check, ending, framed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket as Socket
    from collections.abc import AsyncIterator, Awaitable
    from typing import Any, TypeVar

    from ..errors import ErrorReport
    from ..http11 import Data, Response

    T = TypeVar("T")

_runner = asyncio.Runner()


def run(awaitable: Awaitable[T]) -> T:
    """The result of an awaitable, on the environment's event loop."""
    return _runner.get_loop().run_until_complete(_awaited(awaitable))


async def _awaited(awaitable: Awaitable[T]) -> T:
    return await awaitable


def close() -> None:
    """Cancels what still runs and closes the loop; the next `run` opens another."""
    global _runner
    _runner.close()
    _runner = asyncio.Runner()


def asynchronous(stream: ResponseStream) -> ResponseStream:
    """The same response, written to without blocking the loop."""
    return stream.asynchronous(AsyncResponseStream)


class AsyncChunks:
    """As Chunks, of an async iterable."""

    __slots__ = ("_iterator", "_source", "last", "text")

    def __init__(self, content: Any) -> None:
        self.text = False
        self.last: Data | list[Data] = b""
        self._source = content
        self._iterator: AsyncIterator[object] = aiter(content)

    async def first(self) -> Data | list[Data]:
        """The first chunk, empty if there is none."""
        async for item in self._iterator:
            self.text = is_text(item)
            if data := encoded(item):
                self.last = data
                return data
        return b""

    async def pump(self, out: ResponseStream) -> None:
        """Puts every further chunk as it comes."""
        async for item in self._iterator:
            if data := encoded(item):
                self.last = data
                await out.put(data)

    async def aclose(self) -> None:
        """Runs the `finally` blocks of an async generator that was not read to its end."""
        for source in (self._iterator, self._source):
            close = getattr(source, "aclose", None)
            if callable(close):
                await close()
                return


class AsyncResponseStream(ResponseStream):
    """A ResponseStream that lets other tasks run while the peer does not read."""

    __slots__ = ()

    def __init__(self, stream: ResponseStream) -> None:
        super().__init__(stream.connection, stream.head)
        self.meter = stream.meter

    async def put(self, data: Data | list[Data]) -> None:
        """Sends one chunk, or a list of them together; empty data sends nothing."""
        if data:
            await self._put(framed(data))
            self.count(data)

    async def end(self, report: ErrorReport | None = None) -> bool:
        """Ends the body; whether it was accepted."""
        await self._put((ending(report),))
        response: Response | None = None
        sock = self.connection.opened()
        while response is None:
            response = self.connection.received(sock, await _read(sock))
        return check(response, "response")

    async def _put(self, parts: tuple[Data, ...]) -> None:
        sock, parts = self.ready(parts)
        try:
            await _sent(sock, parts)
        except OSError:
            raise self.broken() from None


async def _sent(sock: Socket, parts: tuple[Data, ...]) -> None:
    """Sends all parts. A cancellation waits for the last: half a chunk would break the body."""
    cancelled: asyncio.CancelledError | None = None
    for part in parts:
        try:
            count = sock.send(part, MSG_DONTWAIT)
        except BlockingIOError:
            count = 0
        if count < len(part):
            cancelled = await _sent_slowly(sock, memoryview(part)[count:]) or cancelled
    if cancelled is not None:
        raise cancelled


async def _sent_slowly(sock: Socket, data: memoryview) -> asyncio.CancelledError | None:
    """Sends while other tasks run; the cancellation that came meanwhile, if one did."""
    loop = asyncio.get_running_loop()
    sock.setblocking(False)
    sending = loop.create_task(loop.sock_sendall(sock, data))  # type: ignore[arg-type]
    cancelled: asyncio.CancelledError | None = None
    try:
        while not sending.done():
            try:
                await asyncio.shield(sending)
            except asyncio.CancelledError as error:
                cancelled = error
    finally:
        sock.setblocking(True)
    sending.result()
    return cancelled


async def _read(sock: Socket) -> bytes:
    sock.setblocking(False)
    try:
        return await asyncio.get_running_loop().sock_recv(sock, READ_SIZE)  # type: ignore[arg-type]
    except OSError:
        return b""
    finally:
        sock.setblocking(True)
