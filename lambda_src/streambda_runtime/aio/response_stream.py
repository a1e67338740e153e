"""A response written without blocking the event loop: the async form of `ResponseStream`."""

from __future__ import annotations

import asyncio
from _socket import MSG_DONTWAIT
from time import monotonic

from ..connection import EarlyAnswer
from ..http11 import GATHER_FROM
from ..runtime_api import LOOK_EVERY_S, check_accepted, encode_chunks, encode_end
from . import event_loop
from .readable import receive_now, wait_until_readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket as Socket
    from collections.abc import Callable

    from ..errors import ErrorReport
    from ..http11 import Data, Response
    from ..runtime_api import ResponseStream

# How long other tasks of a lone invocation may be held up for the answer to its response.
ANSWER_MS = 1


class AsyncResponseStream:
    """A ResponseStream that lets other tasks run while the peer does not read."""

    __slots__ = ("_look_at", "_send_small", "_stream", "_writing")

    def __init__(self, stream: ResponseStream) -> None:
        self._stream = stream
        self._send_small: Callable[[bytes, int], int] | None = None
        self._look_at = 0.0
        self._writing: asyncio.Task[None] | None = None  # the rest of a chunk, on its way

    @property
    def is_cut(self) -> bool:
        """Whether the connection was closed within a chunk."""
        return self._stream.is_cut

    @property
    def has_begun(self) -> bool:
        """Whether anything has left."""
        return self._stream.has_begun

    async def put(self, data: Data | list[Data]) -> None:
        """Sends one chunk, or a list of them together; empty data sends nothing."""
        send_small = self._send_small
        if (
            send_small is not None
            and type(data) is bytes
            and 0 < (size := len(data)) < GATHER_FROM
            and monotonic() < self._look_at
        ):
            framed = b"%x\r\n%b\r\n" % (size, data)
            size = len(framed)
            try:  # the usual chunk of a burst, as in ResponseStream.write
                try:
                    sent = send_small(framed, MSG_DONTWAIT)
                except BlockingIOError:
                    sent = 0
                if sent == size:
                    self._stream.add_sent(size)
                else:
                    await self._send((memoryview(framed)[sent:],), sent)
            except (EarlyAnswer, asyncio.CancelledError):  # from `_send`, which has settled it
                raise
            except OSError:
                raise self._read_early_answer() from None
            except BaseException:
                self._settle(size, b"")
                raise
        elif data:
            await self._send(encode_chunks(data))
        if self._stream.meter is not None and data:
            self._stream.count(data)

    async def end(self, report: ErrorReport | None = None) -> bool:
        """Ends the body; whether it was accepted."""
        await self._send((encode_end(report),))
        if self._stream.is_cut:
            return await self._stream.end()
        connection = self._stream.connection
        response: Response | None = None
        cancelled: asyncio.CancelledError | None = None
        sock = connection.connect()
        # Mostly the answer is there at once, and the event loop would take longer to tell of it.
        if len(event_loop.contexts) == 1 and connection.wait_for_answer(ANSWER_MS):
            response = connection.parse(receive_now(sock))
        while response is None:
            # A cancellation waits for the answer: the next request would take it for its own.
            cancelled = await _wait_for_answer(sock) or cancelled
            response = connection.parse(receive_now(sock))
        connection.sent = self._stream.count_sent()
        accepted = check_accepted(response, "response")
        if cancelled is not None:
            raise cancelled
        return accepted

    async def _send(self, parts: tuple[Data, ...], sent: int = 0) -> None:
        """Sends `parts`, or what is left of them: `sent` bytes of the first have left."""
        # Tasks may write to one response: a chunk waits until the one before it is whole.
        while self._writing is not None:
            await asyncio.wait({self._writing})
        if self._stream.is_cut:
            return
        self._send_small = None
        head, size = self._stream.head, sum(map(len, parts)) + sent
        try:
            sock, parts = self._stream.prepare(parts)
            rest = _send_at_once(sock, parts)
            cancelled = await self._send_slowly(sock, rest) if rest else None
            self._stream.add_sent(size + len(head))
        except EarlyAnswer:
            raise
        except OSError:
            raise self._read_early_answer() from None
        except BaseException:
            self._settle(size, head)
            raise
        if cancelled is not None:
            raise cancelled
        self._send_small = sock.send
        self._look_at = monotonic() + LOOK_EVERY_S

    def _read_early_answer(self) -> EarlyAnswer:
        self._send_small = None
        return self._stream.read_early_answer()

    def _settle(self, size: int, head: bytes) -> None:
        self._stream.is_cut = True  # until it is known: the next signal may come in `settle`
        self._send_small = None
        self._stream.settle(size, head)

    async def _send_slowly(
        self, sock: Socket, parts: list[memoryview]
    ) -> asyncio.CancelledError | None:
        """Sends while other tasks run; the cancellation that came meanwhile, if one did.

        A cancellation waits for the whole chunk, since half a chunk would break the body. What a
        signal's handler has raised does not wait: it is raised, and the chunk is cut.
        """
        sock.setblocking(False)
        writing = self._writing = asyncio.ensure_future(_send_all(sock, parts))
        cancelled: asyncio.CancelledError | None = None
        try:
            while not writing.done():
                try:
                    await asyncio.shield(writing)
                except asyncio.CancelledError as error:
                    if event_loop.interruption is not None:
                        raise
                    cancelled = error
            writing.result()
        except BaseException:
            writing.cancel()
            await asyncio.wait({writing})
            raise
        finally:
            self._writing = None
            sock.setblocking(True)
        return cancelled


def _send_at_once(sock: Socket, parts: tuple[Data, ...]) -> list[memoryview]:
    """Sends what the kernel takes without waiting, with one call; what is left."""
    try:
        if len(parts) == 1:
            sent = sock.send(parts[0], MSG_DONTWAIT)
        else:
            sent = sock.sendmsg(parts, (), MSG_DONTWAIT)
    except BlockingIOError:
        sent = 0
    rest = []
    for part in parts:
        if sent < len(part):
            rest.append(memoryview(part)[sent:])
        sent = max(0, sent - len(part))
    return rest


async def _send_all(sock: Socket, parts: list[memoryview]) -> None:
    loop = asyncio.get_running_loop()
    for part in parts:
        await loop.sock_sendall(sock, part)  # type: ignore[arg-type]


async def _wait_for_answer(sock: Socket) -> asyncio.CancelledError | None:
    """Waits, also when the task is cancelled meanwhile; the cancellation, if there was one.

    What a signal's handler has raised does not wait.
    """
    cancelled: asyncio.CancelledError | None = None
    while True:
        try:
            await wait_until_readable(sock)
            return cancelled
        except asyncio.CancelledError as error:
            if event_loop.interruption is not None:
                raise
            cancelled = error
