"""Accepts connections: one at a time, as many as there is room for, and quietly when it cannot.

asyncio's own server tries to accept a hundred connections, or as many as its backlog, before anyone
else has a turn. When file descriptors run out it logs a traceback for each of them, every second.
"""

import asyncio
import logging
import math
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from streambda.local.model.one_line import describe_error

# Until it is tried again after an error, and until it is told again.
RETRY_S = 1.0
TELL_S = 60.0

Context = dict[str, Any]

logger = logging.getLogger("streambda.local")


class QuietErrors:
    """An exception handler of a loop: servers of asyncio without descriptors are one line too.

    Args: `others` handles everything else.
    """

    def __init__(self, others: Callable[[asyncio.AbstractEventLoop, Context], object]) -> None:
        self._others = others
        self._told_at_s = -math.inf

    def __call__(self, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        if not str(context.get("message", "")).startswith("socket.accept() out of system resource"):
            self._others(loop, context)
        elif time.monotonic() - self._told_at_s > TELL_S:
            self._told_at_s = time.monotonic()
            error = context.get("exception") or context["message"]
            reason = describe_error(error) if isinstance(error, BaseException) else error
            logger.error("functions cannot connect to the Runtime API for now: %s", reason)


@contextmanager
def quiet_accept_errors() -> Iterator[None]:
    """Handles the errors of the running loop while this is entered."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    others = before or (lambda loop, context: loop.default_exception_handler(context))
    loop.set_exception_handler(QuietErrors(others))
    try:
        yield
    finally:
        loop.set_exception_handler(before)


class Acceptor:
    """Args:
    bound: Listens already; closed by `close`.
    connect: Makes the protocol of a new connection.
    make_room: Called before each; False if there is no room until `resume` is called.
    """

    def __init__(
        self,
        bound: socket.socket,
        connect: Callable[[], asyncio.BaseProtocol],
        make_room: Callable[[], bool] = lambda: True,
    ) -> None:
        self._bound = bound
        self._connect = connect
        self._make_room = make_room
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._retry: asyncio.TimerHandle | None = None
        self._paused = False
        self._told_at_s: float | None = None
        self._loop.add_reader(bound, self._accept)

    def resume(self) -> None:
        """There is room again."""
        if self._paused and self._retry is None and self._bound.fileno() >= 0:
            self._paused = False
            self._loop.add_reader(self._bound, self._accept)

    def close(self) -> None:
        if self._bound.fileno() >= 0:
            self._loop.remove_reader(self._bound)
            self._bound.close()
        if self._retry:
            self._retry.cancel()
        for task in self._tasks:
            task.cancel()

    def _accept(self) -> None:
        """One; the loop calls again if there are more, and others have their turn before that."""
        if not self._make_room():
            self._pause()
            return
        try:
            connection, _ = self._bound.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return  # the client has left meanwhile
        except OSError as error:  # no descriptors, no memory
            self._back_off(error)
            return
        connection.setblocking(False)
        task = self._loop.create_task(self._start(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._connect, connection)
        except OSError:
            connection.close()

    def _pause(self) -> None:
        self._paused = True
        self._loop.remove_reader(self._bound)

    def _back_off(self, error: OSError) -> None:
        now_s = time.monotonic()
        if self._told_at_s is None or now_s - self._told_at_s > TELL_S:
            self._told_at_s = now_s
            port = self._bound.getsockname()[1]
            reason = describe_error(error)
            logger.error("port %d cannot accept connections for now: %s", port, reason)
        self._pause()
        self._retry = self._loop.call_later(RETRY_S, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self.resume()
