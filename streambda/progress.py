"""Tells on stderr what a synthesis waits for; on a terminal it draws how far that is.

Not on stdout: `cdk synth` prints the template there.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from streambda.layer.report import Report


@contextmanager
def report_progress() -> Iterator[Report]:
    """The CDK CLI leaves the app its terminal. Without `rich`, or a terminal, lines are written."""
    if sys.stderr.isatty():
        try:
            # 0.1 s of a synthesis: only where something is drawn.
            from rich.console import Console

            from streambda.layer_progress import draw_progress
        except ModuleNotFoundError:
            pass
        else:
            with draw_progress(Console(stderr=True), prefix="streambda: ") as report:
                yield report
            return
    yield Report(_print_line)


def _print_line(line: str) -> None:
    sys.stderr.write(f"streambda: {line}\n")
    sys.stderr.flush()
