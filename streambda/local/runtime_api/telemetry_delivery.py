"""Sends events to one subscriber: collected for some time, then as one request, or as lines."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

LOOPBACK = "127.0.0.1"

# A subscriber that does not listen must not hold anything up, or fill the memory: requests that
# wait for their turn, and how long all of them may take when the environment ends.
SEND_S = 2.0
MOST_REQUESTS = 20

FELL_BEHIND = "Consumer seems to have fallen behind as it has not acknowledged receipt of logs."


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


class Delivery:
    def __init__(self, destination: Destination, buffering: Buffering) -> None:
        self._destination = destination
        self._buffering = buffering
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()  # one request after another
        self._dropped_records = self._dropped_bytes = 0

    def add(self, event: Mapping[str, Any]) -> None:
        data = encode_event(event)
        self._waiting.append(data)
        self._bytes += len(data)
        full = len(self._waiting) >= self._buffering.items or self._bytes >= self._buffering.bytes
        if full:
            self._begin()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._buffering.timeout_s, self._begin)

    async def flush(self) -> None:
        """Sends what waits; returns when all is sent, or nobody takes it."""
        self._begin()
        if self._sending:
            await asyncio.wait(self._sending, timeout=SEND_S)

    def close(self) -> None:
        self._stop_timer()
        for task in self._sending:
            task.cancel()

    def _begin(self) -> None:
        self._stop_timer()
        if not self._waiting and not self._dropped_records:
            return
        events, size = self._waiting, self._bytes
        self._waiting, self._bytes = [], 0
        if len(self._sending) >= MOST_REQUESTS:
            self._dropped_records += len(events)
            self._dropped_bytes += size
            return
        if self._dropped_records:
            events.insert(0, self._tell_of_dropped())
        task = asyncio.get_running_loop().create_task(self._send(events))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def _tell_of_dropped(self) -> bytes:
        record = {
            "droppedBytes": self._dropped_bytes,
            "droppedRecords": self._dropped_records,
            "reason": FELL_BEHIND,
        }
        self._dropped_records = self._dropped_bytes = 0
        return encode_event(make_event("platform.logsDropped", record))

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    async def _send(self, events: list[bytes]) -> None:
        async with self._turn:
            # One that has ended or was never there misses them, as on Lambda.
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(SEND_S):
                    await send(self._destination, events)


def make_event(kind: str, record: Any) -> dict[str, Any]:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"time": time, "type": kind, "record": record}


def encode_event(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")


async def send(destination: Destination, events: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, destination.port)
    try:
        writer.write(encode(destination, events))
        await writer.drain()
        if destination.path:
            await reader.read()  # its answer, to the end: whatever it is
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def encode(destination: Destination, events: list[bytes]) -> bytes:
    if not destination.path:
        return b"".join(event + b"\n" for event in events)
    body = b"[" + b",".join(events) + b"]"
    head = (
        f"{destination.method} {destination.path} HTTP/1.1\r\n"
        f"Host: {destination.host}:{destination.port}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
