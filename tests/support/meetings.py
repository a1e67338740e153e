"""Where invocations on one event loop wait for each other, or for what has arrived."""

import asyncio
import threading

from tests.support.fake_runtime_api import WAIT_S


class Meeting:
    """Where `count` invocations wait for each other, again and again."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._barrier: asyncio.Barrier | None = None

    async def wait(self) -> None:
        self._barrier = self._barrier or asyncio.Barrier(self._count)  # of the running loop
        async with asyncio.timeout(WAIT_S):
            await self._barrier.wait()


class Arrivals:
    """Opens a gate of an event loop when `count` chunks with this text have arrived."""

    def __init__(self, text: bytes, count: int) -> None:
        self._text, self._left = text, count
        self._lock = threading.Lock()
        self._all = threading.Event()

    def note(self, data: bytes) -> None:
        with self._lock:
            self._left -= self._text in data
            if self._left == 0:
                self._all.set()

    async def wait(self) -> None:
        assert await asyncio.to_thread(self._all.wait, WAIT_S)
