"""What a build reports: a line for each step, and how far a download is."""

from __future__ import annotations

import time
from collections.abc import Callable

PrintLine = Callable[[str], None]

MEGABYTE = 1_000_000
# A fast download needs no line between its first one and the next step's.
_SECONDS_BETWEEN_LINES = 5.0


class Report:
    """Reports everything as lines: `report("a step")`. A subclass may draw instead."""

    def __init__(
        self, print_line: PrintLine, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._print_line = print_line
        self._clock = clock
        self._last = clock()

    def __call__(self, line: str) -> None:
        self._last = self._clock()
        self._print_line(line)

    def show_download(self, name: str, done: int, total: int | None) -> None:
        """`done` of `total` bytes have arrived; `total` is None where the server does not say."""
        if self._clock() - self._last >= _SECONDS_BETWEEN_LINES:
            self(f"{name}: {format_amount(done, total)}")


def make_report(report: PrintLine) -> Report:
    """Any callable that takes a line will do; a `Report` is returned as it is."""
    return report if isinstance(report, Report) else Report(report)


def say_nothing(line: str) -> None:
    """The default of `report`."""


def format_amount(done: int, total: int | None) -> str:
    if total is None:
        return f"{done / MEGABYTE:.1f} MB"
    return f"{done / MEGABYTE:.1f} of {total / MEGABYTE:.1f} MB"
