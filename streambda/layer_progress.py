"""Draws on a terminal what is being done: steps of a build, and how far a download is."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    Task,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from streambda.layer.report import Report

_STEP = "at work"  # the bar of a step of which nobody knows how long it takes


class TerminalReport(Report):
    """Steps stay as lines, each after `prefix`; below the last one a bar moves."""

    def __init__(self, bars: Progress, prefix: str = "") -> None:
        super().__init__(self._print_step)
        self.bars = bars
        self._prefix = prefix
        self._tasks: dict[str, TaskID] = {}

    def _print_step(self, line: str) -> None:
        """A new step removes the bars of the one before."""
        self._remove_bars()
        line = f"{self._prefix}{line}"
        # Paths and reasons are not markup, and stay on one line so that they can be copied.
        self.bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._tasks[_STEP] = self.bars.add_task(_STEP, total=None)

    def show_download(self, name: str, done: int, total: int | None) -> None:
        if name not in self._tasks:
            self._remove_bars()
            self._tasks[name] = self.bars.add_task(name, total=total)
        self.bars.update(self._tasks[name], completed=done, total=total)

    def _remove_bars(self) -> None:
        for name in list(self._tasks):
            self.bars.remove_task(self._tasks.pop(name))


class _Amount(DownloadColumn):
    """How much of a download has come; of another step, for how long it has been going on."""

    def render(self, task: Task) -> Text:
        if task.description == _STEP:
            return Text(f"{task.elapsed or 0:.0f} s", style="progress.download")
        return super().render(task)


class _Speed(TransferSpeedColumn):
    def render(self, task: Task) -> Text:
        return Text() if task.description == _STEP else super().render(task)


@contextmanager
def draw_progress(console: Console, prefix: str = "") -> Iterator[TerminalReport]:
    """At the end the bars are removed; the lines stay."""
    columns = (TextColumn("{task.description}"), BarColumn(), _Amount(), _Speed())
    # stdout stays as it is: it may be a pipe that reads the layer's path.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bars:
        yield TerminalReport(bars, prefix)
