"""What a build says of itself: a line for each step, and how far a download is."""

from __future__ import annotations

import time
from collections.abc import Callable

Say = Callable[[str], None]

MEGABYTE = 1_000_000
# A fast download needs no word between its first line and the next step's.
_SECONDS_BETWEEN_LINES = 5.0


class Report:
    """Says everything in lines; a subclass may draw instead. Called with a line, it says it."""

    def __init__(self, say: Say, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._last = clock()

    def __call__(self, line: str) -> None:
        self._last = self._clock()
        self._say(line)

    def progress(self, name: str, done: int, total: int | None) -> None:
        """`done` bytes of `total`, or of an unknown number, are there of the download `name`."""
        if self._clock() - self._last >= _SECONDS_BETWEEN_LINES:
            self(f"{name}: {amount(done, total)}")


def as_report(report: Say) -> Report:
    """Any callable that takes a line will do."""
    return report if isinstance(report, Report) else Report(report)


def silent(line: str) -> None:
    """The default of `report`: says nothing."""


def amount(done: int, total: int | None) -> str:
    if total is None:
        return f"{done / MEGABYTE:.1f} MB"
    return f"{done / MEGABYTE:.1f} of {total / MEGABYTE:.1f} MB"
