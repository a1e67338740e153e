"""What the command lines of benchmarks with a stopwatch share."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from benchmarks.runtime import build
from benchmarks.runtime.interpreter import Interpreter
from benchmarks.runtime.report import RunConditions
from benchmarks.runtime.stopwatch import CpuPlacement
from benchmarks.runtime.subjects import Subject

Source = TypeVar("Source")  # what the makers of subjects make them from


def describe_run(
    python: Interpreter,
    skipped: dict[str, str],
    repeats: int,
    seconds: float,
    placement: CpuPlacement | None = None,
) -> RunConditions:
    """The conditions of a run that took `seconds`; the placement is the one of this machine."""
    return RunConditions(
        python=python.release,
        machine=f"{platform.machine()}, {os.cpu_count()} cpus, Linux {platform.release()}",
        placement=str(placement or CpuPlacement.choose()),
        load=round(os.getloadavg()[0], 2),
        rounds=repeats,
        seconds=round(seconds, 1),
        skipped=skipped,
    )


def parse_names(known: Collection[str]) -> Callable[[str], list[str]]:
    """For argparse: the type of a list of names, A,B, each of them known."""

    def parse(text: str) -> list[str]:
        unknown = set(text.split(",")) - set(known)
        if unknown:
            raise argparse.ArgumentTypeError(
                f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}"
            )
        return text.split(",")

    return parse


def make_subjects(
    known: Mapping[str, Callable[[Source], Subject]], names: Sequence[str], source: Source
) -> tuple[list[Subject], dict[str, str]]:
    """Makes the subjects. Returns them, and why the others cannot be made here."""
    subjects, skipped = [], {}
    for name in names:
        try:
            subjects.append(known[name](source))
        except build.BuildFailed as failure:
            skipped[name] = str(failure)
    return subjects, skipped


def announce(workload: str) -> None:
    """Says what comes next."""
    print_to_stderr(f"==> {workload}")


def print_to_stderr(text: str) -> None:
    """Says something that is no result."""
    sys.stderr.write(text + "\n")
