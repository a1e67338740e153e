"""Ratios, targets and tables, from figures that are given: no process is started."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.runtime import measures, report
from benchmarks.runtime.measures import Results
from benchmarks.runtime.paths import PEERS
from benchmarks.runtime.report import RunConditions
from benchmarks.runtime.targets import OURS, TARGETS, Target

ROOT = Path(__file__).parents[2]
NOWHERE = RunConditions("3.11.2", "a machine", "not pinned", 0.5, 3, 1.0, {"node_ric": "no cmake"})


def results(**rounds: list[float]) -> Results:
    """Rounds of the warm cycle, by subject."""
    return Results({(measures.CYCLE.name, name): figures for name, figures in rounds.items()})


def test_a_ratio_is_taken_within_rounds() -> None:
    # The machine was ten times slower in the second round: for both.
    both = results(streambda=[11, 120, 12], floor_c=[10, 100, 10])

    assert both.ratio(measures.CYCLE, OURS, "floor_c") == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("target", "met"),
    [
        (Target(measures.CYCLE, 1.25, "floor_c"), True),
        (Target(measures.CYCLE, 1.1, "floor_c"), False),
        (Target(measures.CYCLE, 1.1, "floor_c", at_least=True), True),
        (Target(measures.CYCLE, 12), True),
        (Target(measures.CYCLE, 11), False),
    ],
)
def test_a_target_is_met_or_missed(target: Target, met: bool) -> None:
    both = results(streambda=[12.0], floor_c=[10.0])

    result = target.find_result(both)

    assert result is not None
    assert target.is_met(result) is met


def test_a_peer_that_is_missing_leaves_its_targets_unjudged() -> None:
    text = report.format_tables(
        results(streambda=[12.0], floor_c=[10.0]), [OURS, "floor_c"], NOWHERE
    )

    (line,) = [line for line in text.splitlines() if "≤ 1.25x floor_c" in line]
    assert "1.20" in line
    assert "met" in line
    assert text.count("not measured") == len(TARGETS) - 1
    assert "node_ric: skipped: no cmake" in text


def test_pins_name_no_registry() -> None:
    lock = (PEERS / "package-lock.json").read_text()
    pins = (PEERS / "requirements.txt").read_text()
    assert '"resolved"' not in lock
    assert "://" not in pins
    assert pins.count("==") == 3


def test_without_a_compiler_it_ends_with_3_and_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.runtime", "--quick", "--subjects", "floor_c"],
        cwd=ROOT,
        env={"PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 3
    assert done.stderr == "benchmarks: no C compiler (cc): the stopwatch cannot be built\n"
