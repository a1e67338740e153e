"""Runs every workload, round after round, with all subjects in each round.

The subjects take turns because the machine is shared: what disturbs one also disturbs its
neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.runtime.measures import MEASURES, Measure, Results
from benchmarks.runtime.stopwatch import CpuPlacement, SubjectFailed, measure_session
from benchmarks.runtime.subjects import Subject
from benchmarks.runtime.workloads import Workload

Progress = Callable[[str], None]


def run_workloads(
    program: Path,
    subjects: Sequence[Subject],
    workloads: Sequence[Workload],
    repeats: int,
    progress: Progress,
    measures: Sequence[Measure] = MEASURES,
) -> Results:
    """Measures everything. A subject that fails at a workload is noted, and left out of it."""
    results, placement = Results(measures=measures), CpuPlacement.choose()
    for work in workloads:
        progress(work.name)
        taking_part = [subject for subject in subjects if work.suits(subject)]
        for number in range(max(1, round(repeats * work.repeats))):
            # Each round begins with another subject, which then has other neighbours.
            first = number % len(taking_part) if taking_part else 0
            for subject in taking_part[first:] + taking_part[:first]:
                _measure_one(results, program, subject, work, placement)
    return results


def _measure_one(
    results: Results, program: Path, subject: Subject, work: Workload, placement: CpuPlacement
) -> None:
    if (work.name, subject.name) in results.notes:
        return
    try:
        session = measure_session(program, subject, work, placement)
    except SubjectFailed as failure:
        unsupported = "unsupported: " if work.list_size else "failed: "
        results.notes[work.name, subject.name] = unsupported + str(failure)
        results.drop(subject.name, work)
    else:
        results.add(subject.name, work, session)
