"""What one client may cost before anybody knows who it is: bytes, seconds, connections.

None of these limits is AWS's, whose front ends have some of their own. They keep a client that
sends nothing, half a head or a head without end from filling this machine.
"""

import asyncio
import math
from collections.abc import Callable
from typing import Any

from streambda.local.http.protocol import EndpointProtocol

# nginx takes 8 KB for each line, Node.js 16 KB for the head, API Gateway 10,240 bytes.
MOST_HEAD_BYTES = 64 * 1024

# From the connection, or the first byte of a request, until its head is complete.
HEAD_S = 10.0

# Between two pieces of a body that has begun.
BODY_S = 30.0

# How often it is looked whose time is over, as a part of these times.
LOOKS = 10

# Of all endpoints together, unless half of the file descriptors that we may have are fewer.
MOST_CONNECTIONS = 4096

STATUS_LINES = {
    400: b"HTTP/1.1 400 Bad Request\r\n",
    408: b"HTTP/1.1 408 Request Timeout\r\n",
    431: b"HTTP/1.1 431 Request Header Fields Too Large\r\n",
}


def count_affordable_connections() -> int:
    """As many as leave file descriptors for everything else."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows, which has no such limit
        return MOST_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft // 2)


class ConnectionTable:
    """The connections of one or several servers; those without a request make room for others.

    It also ends those that have waited too long, all with one timer: one for each would cost every
    request more than all other limits together.

    Args: `most` is how many there may be; None for as many as the system allows us.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = count_affordable_connections() if most is None else most
        self._idle: dict[BoundedProtocol, None] = {}  # the longest idle first
        self._connections: set[BoundedProtocol] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.listeners: list[Callable[[], None]] = []  # called when there is room again

    def make_room(self) -> bool:
        """Whether one more may be accepted; closes the one that has been idle longest for it."""
        if len(self._connections) >= self._most and self._idle:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            oldest.transport.close()
            return True  # it is gone with the next turn of the loop
        return len(self._connections) < self._most

    def add(self, connection: "BoundedProtocol") -> None:
        self._connections.add(connection)
        self._idle[connection] = None
        if self._timer is None:
            self._look_later(connection.loop)

    def remove(self, connection: "BoundedProtocol") -> None:
        self._connections.discard(connection)
        self._idle.pop(connection, None)
        if len(self._connections) == self._most - 1:
            for tell in self.listeners:
                tell()

    def set_idle(self, connection: "BoundedProtocol") -> None:
        self._idle[connection] = None

    def set_busy(self, connection: "BoundedProtocol") -> None:
        self._idle.pop(connection, None)

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(min(HEAD_S, BODY_S) / LOOKS, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._connections:
            self._look_later(loop)
        now_s = loop.time()
        for connection in [one for one in self._connections if one.waits_until_s <= now_s]:
            connection.end_waiting()


class HeadTooLarge(ValueError):
    """More than `MOST_HEAD_BYTES`."""


class BoundedProtocol(EndpointProtocol):
    """One connection of a client, within limits. Args: `table` counts it."""

    def __init__(self, table: ConnectionTable, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._table = table
        self.waits_until_s = math.inf  # for the client, by the clock of the loop
        self._in_head = False
        self._read_bytes = 0  # by the last read
        self._first_bytes = 0  # by the read in which the head begins
        self._head_bytes = 0  # by those after it
        self._heard = False  # of a head's end or of a body, in the last read
        self._unheard_bytes = 0  # since then: of trailers, of a chunk's extension
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._table.add(self)
        self._wait(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._table.remove(self)

    def data_received(self, data: bytes) -> None:
        continued = self._in_head
        self._read_bytes = len(data)
        self._heard = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            # What comes first is at most one read; when more comes, it is counted.
            self._head_bytes += self._read_bytes if continued else 0
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse(431, f"the head has more than {MOST_HEAD_BYTES} bytes")
        elif self._heard or not (self._in_progress and self.cycle.more_body):
            self._unheard_bytes = 0
        else:
            self._unheard_bytes += len(data)
            if self._unheard_bytes > MOST_HEAD_BYTES:
                self._refuse(431, f"the trailers have more than {MOST_HEAD_BYTES} bytes")
        self._wait_for_rest()

    def _wait_for_rest(self) -> None:
        """Says until when what is still to come of a request must come, if anything is."""
        if self._in_head or not self._in_progress:
            if self.waits_until_s == math.inf:  # not anew with every byte
                self._wait(HEAD_S)
        elif self.cycle.more_body:
            self._wait(BODY_S)
        else:
            self.waits_until_s = math.inf

    @property
    def _in_progress(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self, seconds: float) -> None:
        self.waits_until_s = self.loop.time() + seconds

    def end_waiting(self) -> None:
        """The time is over."""
        self.waits_until_s = math.inf
        if self.transport.is_closing():
            return
        waits_for_us = self.flow.read_paused or (self._in_progress and not self.cycle.more_body)
        if waits_for_us:  # the client may send the next request while this one is answered
            self._wait(BODY_S)
        elif self._in_head:
            self._refuse(408, f"the head was not complete after {HEAD_S:g} s")
        elif self._in_progress and not self.cycle.response_started:
            self._refuse(408, f"no more of the body came for {BODY_S:g} s")
        else:
            self.transport.close()

    def _refuse(self, status: int, message: str) -> None:
        self._refused = True
        if self._in_progress and self.cycle.response_started:
            self.transport.close()  # in the middle of a response there is no place for another
            return
        body = message.encode()
        head = b"content-type: text/plain\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
        self.transport.write(STATUS_LINES[status] + head % len(body) + body)
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        if not self._refused:
            self._refuse(400, msg)

    # Callbacks of the parser.

    def on_message_begin(self) -> None:
        self._in_head = True
        self._first_bytes, self._head_bytes = self._read_bytes, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        # All that was read with it: mostly that tells already that it is not too large.
        if self._first_bytes + self._head_bytes + self._read_bytes > MOST_HEAD_BYTES:
            self._check_size()
        self._in_head, self._heard = False, True
        self._table.set_busy(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._heard = True
        super().on_body(body)

    def _check_size(self) -> None:
        """Raises `HeadTooLarge`."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > MOST_HEAD_BYTES:
            self._refuse(431, f"the head has {size} bytes, expected at most {MOST_HEAD_BYTES}")
            raise HeadTooLarge

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._in_progress and not self.transport.is_closing():
            self._table.set_idle(self)
            if self._in_head:  # begun while we answered: its time begins now
                self._wait(HEAD_S)
