"""Prints what arrives when it arrives: the time since the request, and since the chunk before."""

import time

from rich.console import Console


class Timeline:
    """The arrivals of one stream."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        console.print(f"\n[bold]{title}[/bold]")
        self._start = self._last = time.perf_counter()
        self.chunks = 0

    def chunk(self, data: bytes) -> None:
        """One line a chunk, printed before the next is waited for."""
        now = time.perf_counter()
        self.chunks += 1
        text = data.decode("utf-8", "replace").rstrip("\n")
        stamp = f"{now - self._start:7.3f} s  +{now - self._last:.3f}"
        self._console.print(f"  [cyan]{stamp}[/cyan]  ", end="")
        self._console.print(text, markup=False, highlight=False)
        self._last = now

    def note(self, text: str) -> None:
        """How it began or ended."""
        self._console.print(f"  {text}", markup=False, highlight=False, style="dim")
