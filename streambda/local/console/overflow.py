"""What an invocation has sent beyond what is kept of it: totals, told now and then. No I/O."""

from streambda.local.console.events import Beyond

# A fast stream must not cost a message a chunk.
EVERY_MS = 100.0


class Overflow:
    def __init__(self) -> None:
        self._chunks = self._bytes = self._lines = 0
        self.told: Beyond | None = None
        self._news = False

    def chunk(self, size: int) -> None:
        self._chunks += 1
        self._bytes += size
        self._news = True

    def line(self) -> None:
        self._lines += 1
        self._news = True

    def totals(self, now_ms: float, *, at_once: bool = False) -> Beyond | None:
        """What there is to tell, if it is time to."""
        early = self.told is not None and now_ms - self.told.at_ms < EVERY_MS
        if not self._news or (early and not at_once):
            return None
        self._news = False
        self.told = Beyond(at_ms=now_ms, chunks=self._chunks, bytes=self._bytes, lines=self._lines)
        return self.told
