"""Prints chunks when they arrive, with the time since the request and since the chunk before."""

import time

from rich.console import Console


class Timeline:
    """The chunks of one stream. `chunks` is how many have come."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        console.print(f"\n[bold]{title}[/bold]")
        self._start = self._last = time.perf_counter()
        self.chunks = 0

    def print_chunk(self, data: bytes) -> None:
        """One line for each chunk, printed before the next one is awaited."""
        now = time.perf_counter()
        self.chunks += 1
        text = data.decode("utf-8", "replace").rstrip("\n")
        stamp = f"{now - self._start:7.3f} s  +{now - self._last:.3f}"
        self._console.print(f"  [cyan]{stamp}[/cyan]  ", end="")
        self._console.print(text, markup=False, highlight=False)
        self._last = now

    def print_note(self, text: str) -> None:
        """A line about the beginning or the end of the stream."""
        self._console.print(f"  {text}", markup=False, highlight=False, style="dim")
