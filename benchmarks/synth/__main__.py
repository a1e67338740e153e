"""`python -m benchmarks.synth`: an app with our constructs beside the same app by hand, warm.

Exit status: 0 all was measured (the target may be missed: the table says so), 1 an app failed or
the two are not the same, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.markdown_table import format_table
from benchmarks.synth.subjects import Subject, SynthFailed, subjects

TARGET = 1.15
ROUNDS, QUICK = 12, 2


def main(arguments: Sequence[str] | None = None) -> int:
    rounds = _rounds(arguments)
    with tempfile.TemporaryDirectory(prefix="streambda-bench-") as folder:
        try:
            ours, plain = subjects(Path(folder))
            if ours.resources() != plain.resources():
                raise SynthFailed(f"not the same: {ours.resources() - plain.resources()}")
            before = ours.assets()
            times = _measured(rounds, ours, plain)
        except SynthFailed as failure:
            sys.stderr.write(f"benchmarks: {failure}\n")
            return 1
        copied = sum(before.get(path) != written for path, written in ours.assets().items())
    sys.stdout.write(f"{report(times, rounds, copied)}\n")
    return 0


def _rounds(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.synth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"by default {ROUNDS}")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} rounds: does it still run?")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}, expected 1 or more")
    return QUICK if options.quick else int(options.rounds)


def _measured(rounds: int, *them: Subject) -> dict[str, list[float]]:
    """Turn by turn, first one and then the other first: what drifts, drifts for both."""
    times: dict[str, list[float]] = {subject.name: [] for subject in them}
    for number in range(rounds):
        for subject in them if number % 2 else reversed(them):
            times[subject.name].append(subject.seconds())
    return times


def report(times: dict[str, list[float]], rounds: int, copied: int) -> str:
    median = {name: statistics.median(them) for name, them in times.items()}
    ratio = statistics.median(
        ours / plain for ours, plain in zip(times["ours"], times["plain"], strict=True)
    )
    judged = "met" if ratio <= TARGET else "missed"
    rows = [[f"synth, {name}, s", f"{seconds:.2f}", "", ""] for name, seconds in median.items()]
    rows.append(["ours / plain", f"{ratio:.3f}", f"≤ {TARGET}", judged])
    rows.append(["files copied anew", str(copied), "0", "missed" if copied else "met"])
    return format_table([f"median of {rounds} rounds", "value", "target", ""], rows)


if __name__ == "__main__":
    sys.exit(main())
