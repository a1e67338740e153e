"""A source of chunks that waits at a gate between its two items, blocking and async."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

from tests.support.fake_runtime_api import WAIT_S


class GatedSource:
    """Yields "a", waits at its gate, yields "b"; remembers how it ended."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.async_gate = asyncio.Event()
        self.closed = threading.Event()

    def blocking(self) -> Iterator[str]:
        try:
            yield "a"
            assert self.gate.wait(WAIT_S)
            yield "b"
        finally:
            self.closed.set()

    async def asynchronous(self) -> AsyncIterator[str]:
        try:
            yield "a"
            await self.async_gate.wait()
            yield "b"
        finally:
            self.closed.set()
