"""A token bucket: so much at once, and so much per second. No I/O."""

from collections.abc import Callable


class TokenBucket:
    """Args: `clock` gives seconds, from any zero."""

    def __init__(self, *, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._filled_at = clock()

    def take(self, count: float) -> float:
        """Takes `count` tokens, on credit if need be; returns for how many seconds."""
        self._fill()
        self._tokens -= count
        return max(0.0, -self._tokens / self._rate)

    def try_take(self) -> bool:
        """Takes one token if there is one."""
        self._fill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
