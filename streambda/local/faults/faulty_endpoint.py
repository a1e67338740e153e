"""What faults do to a client's connection: slow, reset, with a Date of another time."""

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streambda.local.faults.faults import Faults
from streambda.local.limits.pacer import Sleep
from streambda.local.limits.token_bucket import TokenBucket

# l_onoff and l_linger of SO_LINGER: closing sends a reset, and what was not sent is forgotten.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)

# Before a reset, how often and how long to wait for what is still on its way.
WAIT_S = 0.001
MAX_WAITS = 1000


class FaultyEndpoint:
    """Args: `faults` is called at the start of every request, so that they can be changed."""

    def __init__(self, app: ASGIApp, faults: Callable[[], Faults], sleep: Sleep) -> None:
        self._app = app
        self._faults = faults
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        faults = self._faults()
        if faults.any:
            send = FaultySend(send, faults, self._sleep)
        await self._app(scope, receive, send)


class FaultySend:
    """Sends one response with `clock_skew`, `slow_reader` and `reset_after`."""

    def __init__(self, send: Send, faults: Faults, sleep: Sleep) -> None:
        self._send = send
        self._clock_skew = faults.clock_skew
        self._sleep = sleep
        self._left = faults.reset_after  # bytes until the reset
        self._reset = False
        rate = faults.slow_reader
        self._bucket = TokenBucket(rate=rate, burst=0, clock=time.monotonic) if rate else None

    async def __call__(self, message: Message) -> None:
        if self._reset:
            return
        if message["type"] == "http.response.start":
            self._skew_date()
            await self._send(message)
            return
        message = self._truncate(message)
        if self._bucket:
            await self._sleep(self._bucket.take(len(message.get("body", b""))))
        await self._send(message)
        if self._left == 0:
            self._reset = True
            await self._reset_connection()

    def _skew_date(self) -> None:
        """The Date header is uvicorn's own, with the default headers of a response."""
        if not self._clock_skew:
            return
        cycle = cycle_of(self._send)
        date = formatdate(time.time() + self._clock_skew, usegmt=True).encode()
        others = [pair for pair in cycle.default_headers if pair[0] != b"date"]
        cycle.default_headers = [*others, (b"date", date)]

    def _truncate(self, message: Message) -> Message:
        if self._left is None:
            return message
        body = message.get("body", b"")
        if len(body) < self._left:
            self._left -= len(body)
            return message
        body, self._left = body[: self._left], 0
        return {**message, "body": body, "more_body": True}

    async def _reset_connection(self) -> None:
        transport = cycle_of(self._send).transport
        if transport.is_closing():
            return
        sock: socket.socket = transport.get_extra_info("socket")
        # What was sent before is to arrive: a reset forgets it. A client that does not read loses
        # it.
        for _ in range(MAX_WAITS):
            if not transport.get_write_buffer_size() and not unacknowledged(sock):
                break
            await asyncio.sleep(WAIT_S)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()


def unacknowledged(sock: socket.socket) -> int:
    """Bytes that the other side has not acknowledged."""
    import fcntl  # not on Windows, where no cloud runs
    import termios

    counted = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    return int(struct.unpack("i", counted)[0])


def cycle_of(send: Send) -> Any:
    """uvicorn's request and response: `send` is a method of it, and it has the connection."""
    return send.__self__  # type: ignore[attr-defined]
