"""How fast, how much and how long one response may be. `Pacer` keeps to it, chunk by chunk."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from streambda.local.limits.bucket import TokenBucket
from streambda.local.limits.limits import Limits

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]


def interruptible_sleep(closing: asyncio.Event) -> Sleep:
    """Sleeps, but not beyond the end of the cloud: nobody waits for a slow response then."""

    async def sleep(delay: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await closing.wait()

    return sleep


class OverLimit(Exception):
    """A response that AWS would not carry any further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What of `Limits` concerns one response."""

    burst: float = 0
    rate: float | None = None
    most_bytes: int | None = None
    idle_s: float | None = None
    total_s: float | None = None

    @classmethod
    def of_lambda(cls, limits: Limits) -> "Pace":
        return cls(
            burst=limits.lambda_burst or 0,
            rate=limits.lambda_rate,
            most_bytes=limits.streamed_response,
            total_s=limits.invocation,
        )

    @classmethod
    def of_rest(cls, limits: Limits, *, edge: bool, timeout_s: float | None) -> "Pace":
        """`timeout_s` is the method's own; None is the service's default."""
        wanted = limits.integration if timeout_s is None else timeout_s
        total = limits.invocation if limits.integration is None else wanted
        return cls(
            burst=limits.rest_burst or 0,
            rate=limits.rest_rate,
            most_bytes=limits.streamed_response,
            idle_s=limits.edge_idle if edge else limits.regional_idle,
            total_s=total,
        )

    def pacer(self, sleep: Sleep, clock: Clock = time.monotonic) -> "Pacer":
        return Pacer(self, sleep, clock)


class Pacer:
    """Holds the chunks of one response back, so that together they keep to a pace."""

    def __init__(self, pace: Pace, sleep: Sleep, clock: Clock) -> None:
        self._most = pace.most_bytes
        self._sleep = sleep
        self._sent = 0
        self._bucket = None
        if pace.rate is not None:
            self._bucket = TokenBucket(rate=pace.rate, burst=pace.burst, clock=clock)

    async def admit(self, size: int) -> None:
        """Returns when the next `size` bytes may go. Raises `OverLimit`."""
        self._sent += size
        if self._most is not None and self._sent > self._most:
            raise OverLimit(f"the response has more than {self._most} bytes")
        # Most of the time there is nothing to wait for, and no task switch to pay for.
        if self._bucket and (delay := self._bucket.take(size)):
            await self._sleep(delay)
