"""Two timeouts of one response: for all of it, and for a time in which nothing comes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

ResetIdle = Callable[[], None]

# Timers cost more than chunks: one is set anew only when this share of its time has gone, and so
# an idle response may live longer by as much.
SLACK = 1 / 16


@asynccontextmanager
async def response_timeouts(
    *, total_s: float | None, idle_s: float | None
) -> AsyncIterator[ResetIdle]:
    """Raises `TimeoutError` in its body when either time has passed; None is no limit.

    `total_s` counts from entering, `idle_s` from the last call of what this yields.
    """
    async with asyncio.timeout(total_s):
        if idle_s is None:
            yield do_nothing
            return
        async with asyncio.timeout(None) as idle:
            reset_idle = make_reset_idle(idle, idle_s, asyncio.get_running_loop().time)
            reset_idle()
            yield reset_idle


def do_nothing() -> None:
    """There is no idle time."""


def make_reset_idle(idle: asyncio.Timeout, idle_s: float, time: Callable[[], float]) -> ResetIdle:
    """`time` gives seconds, as the loop counts them."""
    renewed_at = float("-inf")

    def reset_idle() -> None:
        nonlocal renewed_at
        now = time()
        if now - renewed_at > idle_s * SLACK:
            renewed_at = now
            idle.reschedule(now + idle_s * (1 + SLACK))

    return reset_idle
