"""`python -m benchmarks.endpoints`: what the local cloud's endpoints add to the runtime, and carry.

Exit status: 0 all was measured (targets may be missed: the table says so), 1 the cloud did not
start, or an answer was cut or wrong, 2 wrong arguments.
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
from benchmarks.endpoints.assembly import synthesise
from benchmarks.endpoints.client import BadAnswer
from benchmarks.endpoints.measures import FULL, QUICK, Scale
from benchmarks.endpoints.plot import Arrivals, svg
from benchmarks.endpoints.served import NotServed, served
from benchmarks.table import table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    name: str
    value: float
    unit: str
    limit: float
    at_least: bool = False  # else at most

    def row(self) -> list[str]:
        met = self.value >= self.limit if self.at_least else self.value <= self.limit
        sign = "≥" if self.at_least else "≤"
        value, limit = f"{self.value:,.3g}", f"{sign} {self.limit:,g} {self.unit}"
        if self.value >= 1000:
            value = f"{self.value:,.0f}"
        return [self.name, f"{value} {self.unit}", limit, "met" if met else "MISSED"]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        figures, arrivals = _measured(QUICK if options.quick else FULL)
    except (NotServed, BadAnswer) as failure:
        sys.stderr.write(f"benchmarks: {failure}\n")
        return 1
    sys.stdout.write(f"{platform.machine()}, {os.cpu_count()} cpus, no limits of bandwidth\n\n")
    head = ["local cloud", "reached", "target", ""]
    sys.stdout.write(table(head, [figure.row() for figure in figures]) + "\n")
    if options.plot is not None:
        options.plot.write_text(svg(arrivals))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoints", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="does it still run? in seconds")
    parser.add_argument("--plot", type=Path, metavar="SVG", help="draws when chunks arrived")
    return parser.parse_args(arguments)


def _measured(scale: Scale) -> tuple[list[Figure], Arrivals]:
    with tempfile.TemporaryDirectory(prefix="streambda-bench-") as folder:
        assembly = synthesise(Path(folder))
        begun = measures.start(assembly, scale)
        with served(assembly) as server:
            first = measures.first_bytes(assembly, server, scale)
            rate = measures.chunk_rate(server, scale)
            bandwidth = measures.bandwidth(server, scale)
            arrivals = measures.arrivals(server, scale)
        with served(assembly) as server:
            crowd = measures.crowd(server, scale)
    grown = crowd.memory_ended - crowd.memory_begun
    streams = f"{scale.streams} streams"
    return [
        *(Figure(name=f"first byte, added by {name}, p50", value=ms, unit="ms", limit=1.5)
          for name, ms in first.items()),
        Figure(name="64 B chunks", value=rate, unit="/s", limit=20_000, at_least=True),
        Figure(name="64 KiB chunks", value=bandwidth, unit="MB/s", limit=300, at_least=True),
        Figure(name=f"{streams}, delay p99", value=crowd.p99_ms, unit="ms", limit=25),
        Figure(name=f"{streams}, delay p50", value=crowd.p50_ms, unit="ms", limit=25),
        Figure(name=f"{streams}, memory grown", value=grown, unit="MiB", limit=5),
        Figure(name="start to first byte", value=begun, unit="s", limit=1.5),
    ], arrivals  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
