"""What the endpoints are measured with. The event says how much."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

Event = dict[str, Any]


def count(event: Event) -> int:
    """Of the query, or of the event itself where there is no HTTP."""
    return int((event.get("queryStringParameters") or event)["count"])


def first(event: Event, context: object) -> Iterator[bytes]:
    yield b"x"


def small(event: Event, context: object) -> Iterator[bytes]:
    chunk = b"x" * 64
    for _ in range(count(event)):
        yield chunk


def large(event: Event, context: object) -> Iterator[bytes]:
    chunk = bytes(64 * 1024)
    for _ in range(count(event)):
        yield chunk


def paced(event: Event, context: object) -> Iterator[bytes]:
    """A line with its own time, every 100 ms. The clock is one for all processes of a machine."""
    due = time.monotonic()
    for _ in range(count(event)):
        due += 0.1
        time.sleep(max(0.0, due - time.monotonic()))
        yield b"%d\n" % time.monotonic_ns()
