"""Two timeouts of one response: for all of it, and for a time in which nothing comes."""

import asyncio
import math
from collections.abc import Callable
from types import TracebackType

ResetIdle = Callable[[], None]

# Timers cost more than chunks: one is set anew only when this share of its time has gone, and so
# an idle response may live longer by as much.
SLACK = 1 / 16


class ResponseTimeouts:
    """Raises `TimeoutError` in its body when either time has passed; None means no limit.

    The error says which. `total_s` counts from entering, `idle_s` from the last call of what
    entering gives. It is one timer, or none: each response would pay for a second one.
    """

    def __init__(self, *, total_s: float | None, idle_s: float | None) -> None:
        self._total_s = total_s
        self._idle_s = idle_s
        self._timeout: asyncio.Timeout | None = None
        self._ends_at = math.inf

    async def __aenter__(self) -> ResetIdle:
        if self._total_s is None and self._idle_s is None:
            return do_nothing
        time = asyncio.get_running_loop().time
        ends_at = math.inf if self._total_s is None else time() + self._total_s
        self._ends_at = ends_at
        self._timeout = asyncio.timeout_at(None if ends_at == math.inf else ends_at)
        await self._timeout.__aenter__()
        if self._idle_s is None:
            return do_nothing
        reset_idle = make_reset_idle(self._timeout, self._idle_s, time, ends_at)
        reset_idle()
        return reset_idle

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timeout:
            try:
                await self._timeout.__aexit__(kind, error, traceback)
            except TimeoutError as over:
                raise TimeoutError(self._describe()) from over

    def _describe(self) -> str:
        # The loop's timers may be early by its clock's resolution.
        if asyncio.get_running_loop().time() + 0.01 >= self._ends_at:
            return f"it took longer than {self._total_s:g} s"
        return f"nothing came for {self._idle_s:g} s"


def do_nothing() -> None:
    """There is no idle time."""


def make_reset_idle(
    idle: asyncio.Timeout,
    idle_s: float,
    time: Callable[[], float],
    ends_at: float = math.inf,
) -> ResetIdle:
    """`time` gives seconds, as the loop counts them; at `ends_at` it is over in any case."""
    renewed_at = -math.inf

    def reset_idle() -> None:
        nonlocal renewed_at
        now = time()
        if now - renewed_at > idle_s * SLACK:
            renewed_at = now
            idle.reschedule(min(ends_at, now + idle_s * (1 + SLACK)))

    return reset_idle
