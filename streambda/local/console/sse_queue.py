"""The server-sent events that wait for one browser, up to a limit.

The stream is described in "Server-sent events" of the HTML standard.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

# Some seconds of a fast stream. A browser that is further behind starts again from a snapshot.
MAX_WAITING = 5000


class SseQueue:
    """Args: `first` is the message that the browser gets before all others."""

    def __init__(self, first: bytes, max_waiting: int = MAX_WAITING) -> None:
        self._waiting = [first]
        self._max_waiting = max_waiting
        self._has_messages = asyncio.Event()
        self._has_messages.set()
        self._full = False

    def put(self, message: bytes) -> None:
        """Never blocks: no invocation waits for a browser."""
        if len(self._waiting) < self._max_waiting:
            self._waiting.append(message)
        else:
            self._full = True
            self._waiting.clear()
        self._has_messages.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """All messages that wait, as one piece; the last message of a full queue is `reload`."""
        while True:
            await self._has_messages.wait()
            self._has_messages.clear()
            if self._full:
                break
            waiting, self._waiting = self._waiting, []
            yield b"".join(waiting)
        yield encode_sse("reload", {})


def encode_sse(event: str, data: Any) -> bytes:
    # json.dumps leaves no line break, so the data is one line.
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
