"""Sends events to one subscriber: collected for some time, then as one request, or as lines.

What a subscriber does not take is tried again some times and then lost, as on Lambda. It is told
how much that was with the next events that it does take: platform.logsDropped.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

LOOPBACK = "127.0.0.1"

# A subscriber that does not listen, or answers with an error, gets the same again after these
# seconds. "Lambda retries sending logs (with backoff)", Using the Lambda Logs API.
RETRY_S = (0.1, 0.2, 0.4)
# One that does not answer must not hold anything up: neither one request, nor the end of all.
SEND_S = 2.0
FLUSH_S = 2.0

# "Expect to receive payloads as large as 2*maxBytes": what waits while a request is under way.
MOST_BUFFERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a subscriber listens: HTTP, or TCP if there is no path."""

    port: int
    host: str = ""
    path: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffering:
    """A buffer is sent when it has so many events or bytes, or its first event is so old."""

    items: int
    bytes: int
    timeout_s: float


@dataclass(slots=True)
class Loss:
    """What a subscriber has not taken since it was told of that."""

    records: int = 0
    size: int = 0  # bytes
    reason: str = ""

    def add(self, events: list[bytes], reason: str) -> None:
        self.records += len(events)
        self.size += sum(map(len, events))
        self.reason = reason


class Delivery:
    """Args: `describe` makes an event of a loss; None if the subscriber does not want to know."""

    def __init__(
        self,
        destination: Destination,
        buffering: Buffering,
        describe: Callable[[Loss], Mapping[str, Any]] | None = None,
    ) -> None:
        self._subscriber = Subscriber(destination)
        self._buffering = buffering
        self._describe = describe
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._loss = Loss()
        self._timer: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None

    def add(self, event: Mapping[str, Any]) -> None:
        data = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
        if self._sending and not self._has_room(len(data)):
            self._loss.add([data], "it takes events more slowly than they come")
            return
        self._waiting.append(data)
        self._bytes += len(data)
        if self._is_full():
            self._begin()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._buffering.timeout_s, self._begin)

    async def flush(self) -> None:
        """Sends what waits by now, and returns when that is sent or has had its time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                # What is under way, and what waits for its end. Not what comes meanwhile: of a
                # subscriber that logs each request, that has no end.
                for _ in range(2):
                    self._begin()
                    if self._sending:
                        await asyncio.wait([self._sending])

    def close(self) -> None:
        self._stop_timer()
        self._waiting = []  # or the end of the request under way would begin another
        if self._sending:
            self._sending.cancel()
        self._subscriber.close()

    def _is_full(self) -> bool:
        limits = self._buffering
        return len(self._waiting) >= limits.items or self._bytes >= limits.bytes

    def _has_room(self, size: int) -> bool:
        items, most_bytes = self._buffering.items, self._buffering.bytes
        enough = len(self._waiting) < MOST_BUFFERS * items
        return enough and self._bytes + size <= MOST_BUFFERS * most_bytes

    def _begin(self) -> None:
        """Sends what waits, unless a request is under way: its end begins the next."""
        self._stop_timer()
        if self._waiting and self._sending is None:
            events, self._waiting, self._bytes = self._waiting, [], 0
            self._sending = asyncio.get_running_loop().create_task(self._send(events))
            self._sending.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._sending = None
        if not task.cancelled() and self._waiting and self._timer is None:
            self._begin()

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    async def _send(self, events: list[bytes]) -> None:
        loss, self._loss = self._loss, Loss()
        told = list(events)
        if loss.records and self._describe:
            told.insert(0, json.dumps(self._describe(loss)).encode())
        reason = ""
        for pause_s in (0, *RETRY_S):
            await asyncio.sleep(pause_s)
            try:
                async with asyncio.timeout(SEND_S):
                    await self._subscriber.send(told)
            except TimeoutError:
                # It may have taken them all the same: no second time.
                reason = f"no answer within {SEND_S:g} s"
                break
            except (OSError, ValueError) as error:
                reason = str(error)
            else:
                return
        self._loss.records += loss.records
        self._loss.size += loss.size
        self._loss.add(events, reason)


class Subscriber:
    """The other end: a request for each batch, or one connection for all of them."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._writer: asyncio.StreamWriter | None = None  # of a connection that stays

    async def send(self, events: list[bytes]) -> None:
        """Raises `OSError` if there is no listener, `ValueError` if the answer is not HTTP."""
        if self._destination.path:
            await post(self._destination, events)
        else:
            await self._write(events)

    def close(self) -> None:
        if self._writer:
            self._writer.close()

    async def _write(self, events: list[bytes]) -> None:
        if self._writer is None:
            _, self._writer = await asyncio.open_connection(LOOPBACK, self._destination.port)
        try:
            self._writer.writelines(event + b"\n" for event in events)
            await self._writer.drain()
        except BaseException:
            # What it has not read would stay in memory, and the next events behind it.
            self._writer.transport.abort()
            self._writer = None
            raise


async def post(destination: Destination, events: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, destination.port)
    try:
        writer.write(encode_request(destination, events))
        await writer.drain()
        line = (await reader.readline()).decode("latin-1").split(maxsplit=2)
        if len(line) < 2 or not line[0].startswith("HTTP/") or not line[1].isdecimal():
            raise ValueError("its answer is not HTTP")
        if int(line[1]) >= 400:
            raise OSError(f"it answers {' '.join(line[1:]).strip()}")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def encode_request(destination: Destination, events: list[bytes]) -> bytes:
    body = b"[" + b",".join(events) + b"]"
    head = (
        f"{destination.method} {destination.path} HTTP/1.1\r\n"
        f"Host: {destination.host}:{destination.port}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
