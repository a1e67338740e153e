"""A response written without blocking the event loop: the async form of `ResponseStream`."""

from __future__ import annotations

import asyncio
from _socket import MSG_DONTWAIT

from ..connection import READ_SIZE
from ..runtime_api import check_accepted, encode_chunks, encode_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket as Socket

    from ..errors import ErrorReport
    from ..http11 import Data, Response
    from ..runtime_api import ResponseStream


class AsyncResponseStream:
    """A ResponseStream that lets other tasks run while the peer does not read."""

    __slots__ = ("_stream",)

    def __init__(self, stream: ResponseStream) -> None:
        self._stream = stream

    async def put(self, data: Data | list[Data]) -> None:
        """Sends one chunk, or a list of them together; empty data sends nothing."""
        if data:
            await self._send(encode_chunks(data))
            self._stream.count(data)

    async def end(self, report: ErrorReport | None = None) -> bool:
        """Ends the body; whether it was accepted."""
        await self._send((encode_end(report),))
        connection = self._stream.connection
        response: Response | None = None
        sock = connection.connect()
        while response is None:
            response = connection.parse(await _receive(sock))
        return check_accepted(response, "response")

    async def _send(self, parts: tuple[Data, ...]) -> None:
        sock, parts = self._stream.prepare(parts)
        try:
            await _send_all(sock, parts)
        except OSError:
            raise self._stream.read_early_answer() from None


async def _send_all(sock: Socket, parts: tuple[Data, ...]) -> None:
    """Sends all parts. A cancellation waits for the last: half a chunk would break the body."""
    cancelled: asyncio.CancelledError | None = None
    for part in parts:
        try:
            count = sock.send(part, MSG_DONTWAIT)
        except BlockingIOError:
            count = 0
        if count < len(part):
            cancelled = await _send_slowly(sock, memoryview(part)[count:]) or cancelled
    if cancelled is not None:
        raise cancelled


async def _send_slowly(sock: Socket, data: memoryview) -> asyncio.CancelledError | None:
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


async def _receive(sock: Socket) -> bytes:
    sock.setblocking(False)
    try:
        return await asyncio.get_running_loop().sock_recv(sock, READ_SIZE)  # type: ignore[arg-type]
    except OSError:
        return b""
    finally:
        sock.setblocking(True)
