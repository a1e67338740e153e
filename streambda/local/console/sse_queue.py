"""The server-sent events that wait for one browser, up to a limit.

The stream is described in "Server-sent events" of the HTML standard.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

# Some seconds of a fast stream. A browser that is further behind gets a snapshot in their place.
MAX_WAITING = 5000


class SseQueue:
    """Args: `make_snapshot` gives the message that stands for all that happened up to its call."""

    def __init__(self, make_snapshot: Callable[[], bytes], max_waiting: int = MAX_WAITING) -> None:
        self._make_snapshot = make_snapshot
        self._max_waiting = max_waiting
        self._waiting: list[bytes] = []
        self._behind = True  # the browser has to have a snapshot first
        self._has_messages = asyncio.Event()
        self._has_messages.set()

    def put(self, message: bytes) -> None:
        """Never blocks: no invocation waits for a browser."""
        if not self._behind:
            self._waiting.append(message)
            if len(self._waiting) > self._max_waiting:
                self._behind = True
                self._waiting.clear()
        self._has_messages.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """All messages that wait, as one piece, or a snapshot if there were too many.

        The snapshot is made when the browser can take it. So a browser gets on with each piece that
        it reads, however slow it is and however fast events come.
        """
        while True:
            await self._has_messages.wait()
            self._has_messages.clear()
            yield self._take()

    def _take(self) -> bytes:
        if self._behind:
            self._behind = False
            return self._make_snapshot()
        waiting, self._waiting = self._waiting, []
        return b"".join(waiting)


def encode_sse(event: str, data: Any) -> bytes:
    # json.dumps leaves no line break, so the data is one line.
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
