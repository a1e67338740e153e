"""Draws the steps and downloads of a layer's build on a terminal; `streambda layer` uses it."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from streambda.layer.report import Report


class TerminalReport(Report):
    def __init__(self, bars: Progress, prefix: str = "") -> None:
        super().__init__(self._print_step)
        self.bars = bars
        self._prefix = prefix
        self._tasks: dict[str, TaskID] = {}

    def _print_step(self, line: str) -> None:
        """A new step removes the bars of the one before."""
        for name in list(self._tasks):
            self.bars.remove_task(self._tasks.pop(name))
        # Paths and reasons are not markup, and stay on one line so that they can be copied.
        line = f"{self._prefix}{line}"
        self.bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def show_download(self, name: str, done: int, total: int | None) -> None:
        if name not in self._tasks:
            self._tasks[name] = self.bars.add_task(name, total=total)
        self.bars.update(self._tasks[name], completed=done, total=total)


@contextmanager
def draw_progress(console: Console, prefix: str = "") -> Iterator[TerminalReport]:
    """At the end the bars are removed; the lines stay, each after `prefix`."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    # stdout stays as it is: it may be a pipe that reads the layer's path.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bars:
        yield TerminalReport(bars, prefix)
