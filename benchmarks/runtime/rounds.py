"""The run: every workload, round after round, all subjects in each round.

Interleaved, because the machine is shared: what disturbs one subject disturbs its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.runtime.measures import Results
from benchmarks.runtime.stopwatch import Failed, Placement, measure
from benchmarks.runtime.subjects import Subject
from benchmarks.runtime.workloads import Workload

Progress = Callable[[str], None]


def run(
    program: Path,
    subjects: Sequence[Subject],
    works: Sequence[Workload],
    repeats: int,
    progress: Progress,
) -> Results:
    """Measures everything; a subject that fails at a workload is noted and left out of it."""
    results, place = Results(), Placement.of_this_machine()
    for work in works:
        progress(work.name)
        taking_part = [subject for subject in subjects if work.suits(subject)]
        for number in range(max(1, round(repeats * work.repeats))):
            # Every round begins with another subject: nobody always follows the same neighbour.
            turn = number % len(taking_part) if taking_part else 0
            for subject in taking_part[turn:] + taking_part[:turn]:
                _measure_one(results, program, subject, work, place)
    return results


def _measure_one(
    results: Results, program: Path, subject: Subject, work: Workload, place: Placement
) -> None:
    if (work.name, subject.name) in results.notes:
        return
    try:
        session = measure(program, subject, work, place)
    except Failed as failure:
        unsupported = "unsupported: " if work.together else "failed: "
        results.notes[work.name, subject.name] = unsupported + str(failure)
        results.drop(subject.name, work)
    else:
        results.add(subject.name, work, session)
