"""An endpoint with faults: what its client gets is slow, cut, or from another time."""

import asyncio
import fcntl
import socket
import struct
import termios
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streambda.local.faults.faults import NO_FAULTS, Faults
from streambda.local.limits.bucket import TokenBucket
from streambda.local.limits.pacing import Sleep

# l_onoff and l_linger of SO_LINGER: closing sends a reset, and what was not sent is forgotten.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


WAIT_S = 0.001
MOST_WAITS = 1000


class FaultyEndpoint:
    """Args: `faults` is asked at the beginning of every request, so that they can be changed."""

    def __init__(self, app: ASGIApp, faults: Callable[[], Faults], sleep: Sleep) -> None:
        self._app = app
        self._faults = faults
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        faults = self._faults()
        if faults != NO_FAULTS:
            send = FaultySend(send, faults, self._sleep)
        await self._app(scope, receive, send)


class FaultySend:
    """Sends one response to a client that these faults stand for."""

    def __init__(self, send: Send, faults: Faults, sleep: Sleep) -> None:
        self._send = send
        self._faults = faults
        self._sleep = sleep
        self._room = faults.reset_after
        self._reset = False
        rate = faults.slow_reader
        self._bucket = TokenBucket(rate=rate, burst=0, clock=time.monotonic) if rate else None

    async def __call__(self, message: Message) -> None:
        if self._reset:
            return
        if message["type"] == "http.response.start":
            message = self._redated(message)
        else:
            message = self._shortened(message)
            if self._bucket:
                await self._sleep(self._bucket.take(len(message.get("body", b""))))
        await self._send(message)
        if self._room == 0 and message["type"] == "http.response.body":
            self._reset = True
            await self._reset_connection()

    def _redated(self, message: Message) -> Message:
        if not self._faults.clock_skew:
            return message
        cycle = cycle_of(self._send)
        date = formatdate(time.time() + self._faults.clock_skew, usegmt=True).encode()
        kept = [pair for pair in cycle.default_headers if pair[0] != b"date"]
        cycle.default_headers = [*kept, (b"date", date)]
        return message

    def _shortened(self, message: Message) -> Message:
        body = message.get("body", b"")
        if self._room is None or len(body) < self._room:
            if self._room is not None:
                self._room -= len(body)
            return message
        body, self._room = body[: self._room], 0
        return {**message, "body": body, "more_body": True}

    async def _reset_connection(self) -> None:
        transport = cycle_of(self._send).transport
        if transport.is_closing():
            return
        sock: socket.socket = transport.get_extra_info("socket")
        # What was sent before is to arrive: a reset forgets it. Who does not read, loses it.
        for _ in range(MOST_WAITS):
            if not transport.get_write_buffer_size() and not on_its_way(sock):
                break
            await asyncio.sleep(WAIT_S)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()


def on_its_way(sock: socket.socket) -> int:
    """Bytes that the other side has not acknowledged."""
    counted = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    return int(struct.unpack("i", counted)[0])


def cycle_of(send: Send) -> Any:
    """uvicorn's request and response: `send` is a method of it, and it has the connection."""
    return send.__self__  # type: ignore[attr-defined]
