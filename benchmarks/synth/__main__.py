"""`python -m benchmarks.synth`: synthesises an app with our constructs, and the same app by hand.

Both have been synthesised before, so that assets are bundled already.

Exit codes: 0 everything was measured, even if the target is missed; 1 an app failed, or the two
have different resources; 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.markdown_table import format_table
from benchmarks.synth.subjects import Subject, SynthFailed, make_subjects

TARGET = 1.15
ROUNDS, QUICK = 12, 2


def main(arguments: Sequence[str] | None = None) -> int:
    rounds = _parse_rounds(arguments)
    with tempfile.TemporaryDirectory(prefix="streambda-bench-") as folder:
        try:
            ours, plain = make_subjects(Path(folder))
            our_resources, plain_resources = ours.count_resources(), plain.count_resources()
            if our_resources != plain_resources:
                raise SynthFailed(f"different resources: {our_resources - plain_resources}")
            before = ours.asset_times()
            times = _measure(rounds, ours, plain)
        except SynthFailed as failure:
            sys.stderr.write(f"benchmarks: {failure}\n")
            return 1
        copied = sum(before.get(path) != written for path, written in ours.asset_times().items())
    sys.stdout.write(f"{format_report(times, rounds, copied)}\n")
    return 0


def _parse_rounds(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.synth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"by default {ROUNDS}")
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK} rounds, to see that it works"
    )
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}, expected 1 or more")
    return QUICK if options.quick else int(options.rounds)


def _measure(rounds: int, *subjects: Subject) -> dict[str, list[float]]:
    """One after the other, in changing order, so that a machine that slows down affects both."""
    times: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    for number in range(rounds):
        for subject in subjects if number % 2 else reversed(subjects):
            times[subject.name].append(subject.synthesise())
    return times


def format_report(times: dict[str, list[float]], rounds: int, copied: int) -> str:
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    ratio = statistics.median(
        ours / plain for ours, plain in zip(times["ours"], times["plain"], strict=True)
    )
    verdict = "met" if ratio <= TARGET else "missed"
    rows = [[f"synth, {name}, s", f"{seconds:.2f}", "", ""] for name, seconds in median.items()]
    rows.append(["ours / plain", f"{ratio:.3f}", f"≤ {TARGET}", verdict])
    rows.append(["files copied anew", str(copied), "0", "missed" if copied else "met"])
    return format_table([f"median of {rounds} rounds", "value", "target", ""], rows)


if __name__ == "__main__":
    sys.exit(main())
