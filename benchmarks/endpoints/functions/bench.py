"""The functions that the endpoints are measured with. The event says how many chunks they send."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

Event = dict[str, Any]


def read_count(event: Event) -> int:
    """From the query, or on a direct invoke from the event itself."""
    return int((event.get("queryStringParameters") or event)["count"])


def first(event: Event, context: object) -> Iterator[bytes]:
    yield b"x"


def small(event: Event, context: object) -> Iterator[bytes]:
    chunk = b"x" * 64
    for _ in range(read_count(event)):
        yield chunk


def large(event: Event, context: object) -> Iterator[bytes]:
    chunk = bytes(64 * 1024)
    for _ in range(read_count(event)):
        yield chunk


def paced(event: Event, context: object) -> Iterator[bytes]:
    """Every 100 ms a line with its own time, of the clock that all processes of a machine share."""
    due = time.monotonic()
    for _ in range(read_count(event)):
        due += 0.1
        time.sleep(max(0.0, due - time.monotonic()))
        yield b"%d\n" % time.monotonic_ns()
