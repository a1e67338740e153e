"""What one browser has yet to be told, as server-sent events. It may fall behind only so far.

The stream is described in "Server-sent events" of the HTML standard.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

# Some seconds of a fast stream. A browser that is further behind starts anew from a snapshot.
MOST_WAITING = 5000


class Feed:
    def __init__(self, snapshot: bytes, most: int = MOST_WAITING) -> None:
        self._waiting = [snapshot]
        self._most = most
        self._news = asyncio.Event()
        self._news.set()
        self.lost = False

    def put(self, message: bytes) -> None:
        """Never blocks: no invocation waits for a browser."""
        if len(self._waiting) < self._most:
            self._waiting.append(message)
        else:
            self.lost = True
            self._waiting.clear()
        self._news.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """All that waits, as one piece, whenever there is something."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self.lost:
                break
            waiting, self._waiting = self._waiting, []
            yield b"".join(waiting)
        yield server_sent("reload", {})


def server_sent(event: str, data: Any) -> bytes:
    # json.dumps leaves no line break, so the data is one line.
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
