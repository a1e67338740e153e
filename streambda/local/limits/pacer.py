"""How fast and how large one response may be: `Pacer` holds its chunks back or ends it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from streambda.local.limits.limits import ResponseLimits
from streambda.local.limits.token_bucket import TokenBucket

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]


class ResponseTooLarge(Exception):
    """A response of more bytes than AWS would send."""


class Pacer:
    """Holds the chunks of one response back, so that together they keep its bandwidth."""

    def __init__(
        self,
        limits: ResponseLimits,
        sleep: Sleep,
        clock: Clock = time.monotonic,
        *,
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        """Args: `tell` is called once, before the first chunk that has to wait."""
        self._tell: Callable[[], None] | None = tell
        self._max_bytes = limits.max_bytes
        self._sleep = sleep
        self._sent = 0
        self._bucket = None
        if limits.rate is not None:
            self._bucket = TokenBucket(rate=limits.rate, burst=limits.burst, clock=clock)

    async def admit(self, size: int) -> None:
        """Returns when the next `size` bytes may be sent. Raises `ResponseTooLarge`."""
        self._sent += size
        if self._max_bytes is not None and self._sent > self._max_bytes:
            raise ResponseTooLarge(f"the response has more than {self._max_bytes} bytes")
        # Mostly there is nothing to wait for, and no task switch to pay for.
        if self._bucket and (delay := self._bucket.take(size)):
            if self._tell:
                self._tell()
                self._tell = None
            await self._sleep(delay)


def interruptible_sleep(closing: asyncio.Event) -> Sleep:
    """A sleep that ends early when the cloud closes: then nobody waits for a slow response."""

    async def sleep(delay: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await closing.wait()

    return sleep
