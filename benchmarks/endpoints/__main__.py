"""`python -m benchmarks.endpoints`: the time that the local cloud's endpoints add, and their rates.

Exit status: 0 everything was measured (the table says which targets are missed), 1 the cloud did
not start, or a response was cut or wrong, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.endpoints import measures
from benchmarks.endpoints.assembly import NODE, PYTHON, synthesise
from benchmarks.endpoints.client import BadResponse
from benchmarks.endpoints.measures import FULL, QUICK, Scale
from benchmarks.endpoints.plot import Arrivals, draw_svg
from benchmarks.endpoints.server_process import ServerFailed, run_server
from benchmarks.endpoints.template_start import can_translate, measure_template_start
from benchmarks.markdown_table import format_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured value, and its target."""

    name: str
    value: float
    unit: str
    limit: float
    at_least: bool = False  # otherwise at most

    def format_row(self) -> list[str]:
        met = self.value >= self.limit if self.at_least else self.value <= self.limit
        sign = "≥" if self.at_least else "≤"
        value, limit = f"{self.value:,.3g}", f"{sign} {self.limit:,g} {self.unit}"
        if self.value >= 1000:
            value = f"{self.value:,.0f}"
        return [self.name, f"{value} {self.unit}", limit, "met" if met else "MISSED"]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        figures, arrivals = _measure(QUICK if options.quick else FULL)
    except (ServerFailed, BadResponse) as failure:
        sys.stderr.write(f"benchmarks: {failure}\n")
        return 1
    sys.stdout.write(f"{platform.machine()}, {os.cpu_count()} cpus, no bandwidth limits\n\n")
    head = ["local cloud", "reached", "target", ""]
    sys.stdout.write(format_table(head, [figure.format_row() for figure in figures]) + "\n")
    if options.plot is not None:
        options.plot.write_text(draw_svg(arrivals))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoints", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only shows that it runs, in seconds")
    parser.add_argument(
        "--plot", type=Path, metavar="SVG", help="also draw to this file when chunks arrived"
    )
    return parser.parse_args(arguments)


def _measure(scale: Scale) -> tuple[list[Figure], Arrivals]:
    with tempfile.TemporaryDirectory(prefix="streambda-bench-") as folder:
        assembly = synthesise(Path(folder))
        start = measures.measure_start(assembly, scale)
        # Only with `streambda[sam]`.
        from_template = [measure_template_start(scale.repeats)] if can_translate() else []
        with run_server(assembly) as server:
            first = measures.measure_first_bytes(assembly, server, scale, (PYTHON, NODE))
            rate = measures.measure_chunk_rate(server, scale)
            bandwidth = measures.measure_bandwidth(server, scale)
            arrivals = measures.record_arrivals(server, scale)
        with run_server(assembly) as server:
            many = measures.measure_many_streams(server, scale)
    grown = many.memory_at_end - many.memory_at_start
    streams = f"{scale.streams} streams"
    return [
        *(Figure(name=f"first byte, added by {name}, p50", value=ms, unit="ms", limit=1.5)
          for name, ms in first[PYTHON].items()),
        *(Figure(name=f"Node.js: first byte, added by {name}", value=ms / first[PYTHON][name],
                 unit="x Python", limit=1.3) for name, ms in first[NODE].items()),
        Figure(name="64 B chunks", value=rate, unit="/s", limit=20_000, at_least=True),
        Figure(name="64 KiB chunks", value=bandwidth, unit="MB/s", limit=300, at_least=True),
        Figure(name=f"{streams}, delay p99", value=many.p99_ms, unit="ms", limit=25),
        Figure(name=f"{streams}, delay p50", value=many.p50_ms, unit="ms", limit=25),
        Figure(name=f"{streams}, memory grown", value=grown, unit="MiB", limit=5),
        Figure(name="start to first byte", value=start, unit="s", limit=1.5),
        *(Figure(name="start from a template, beyond SAM", value=seconds, unit="s", limit=1.5)
          for seconds in from_template),
    ], arrivals  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
