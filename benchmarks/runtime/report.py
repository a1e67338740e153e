"""The results as Markdown tables, for the terminal and for docs/performance.md, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.markdown_table import format_table
from benchmarks.runtime.measures import Measure, Results
from benchmarks.runtime.targets import OURS, TARGETS, Target

COMPARED = ("floor_c", "floor_py", "http_client", "awslambdaric", "node_ric")


@dataclass(frozen=True)
class RunConditions:
    """On what, and under which conditions, the run was made."""

    python: str
    machine: str
    placement: str
    load: float
    rounds: int
    seconds: float
    skipped: dict[str, str]  # subject -> why it cannot be made here


def format_tables(results: Results, subjects: Sequence[str], conditions: RunConditions) -> str:
    """Formats the figures, ratios and targets, and what could not be measured."""
    measured = find_measured(results, subjects)
    parts = [format_figures(results, subjects, measured)]
    if OURS in subjects:
        parts += [_format_ratios(results, subjects, measured), format_targets(results, TARGETS)]
        parts.append("Why a target is missed: docs/performance.md")
    return "\n\n".join([*parts, *format_remarks(results, conditions)])


def find_measured(results: Results, subjects: Sequence[str]) -> list[Measure]:
    """The measures that at least one of the subjects has a figure of."""
    return [one for one in results.measures if any(results.figure(one, name) for name in subjects)]


def format_remarks(results: Results, conditions: RunConditions) -> list[str]:
    """What could not be measured, and how the rest was."""
    parts = [f"{work}, {name}: {why}" for (work, name), why in results.notes.items()]
    parts += [f"{name}: skipped: {why}" for name, why in conditions.skipped.items()]
    rounds = f"{conditions.rounds} rounds in {conditions.seconds:.0f} s, load {conditions.load}"
    parts.append(
        f"CPython {conditions.python}, {conditions.machine}; {conditions.placement}; {rounds}"
    )
    return parts


def make_document(
    results: Results,
    subjects: Sequence[str],
    conditions: RunConditions,
    targets: Sequence[Target] = TARGETS,
) -> dict[str, object]:
    """All figures of all rounds, the medians and the verdicts, for JSON."""
    rows = [
        {
            "measure": measure.name,
            "unit": measure.unit,
            "subject": name,
            "median": results.figure(measure, name),
            "rounds": results.figures.get((measure.name, name), []),
        }
        for measure in results.measures
        for name in subjects
    ]
    judged = [
        {
            "measure": one.measure.name,
            "subject": one.subject,
            "target": one.text,
            "reached": result,
            "met": met,
        }
        for one in targets
        for result in [one.find_result(results)]
        for met in [None if result is None else one.is_met(result)]
    ]
    notes = [
        {"workload": work, "subject": name, "why": why}
        for (work, name), why in results.notes.items()
    ]
    return asdict(conditions) | {"figures": rows, "targets": judged, "notes": notes}


def format_figures(results: Results, subjects: Sequence[str], measured: Sequence[Measure]) -> str:
    """The median of each measure, for each subject."""
    rows = [
        [
            f"{one.name}, {one.unit}",
            *(_format_number(results.figure(one, name), one.digits) for name in subjects),
        ]
        for one in measured
    ]
    return format_table(["medians", *subjects], rows)


def _format_ratios(results: Results, subjects: Sequence[str], measured: Sequence[Measure]) -> str:
    peers = [name for name in COMPARED if name in subjects]
    rows = [
        [one.name, *(_format_number(results.ratio(one, OURS, peer), 2) for peer in peers)]
        for one in measured
    ]
    return format_table([f"{OURS}, ratio to", *peers], rows)


def format_targets(results: Results, targets: Sequence[Target]) -> str:
    """What was reached, and the verdicts."""
    rows = []
    for target in targets:
        result = target.find_result(results)
        verdict = (
            "not measured" if result is None else ("met" if target.is_met(result) else "MISSED")
        )
        rows.append([target.measure.name, target.text, _format_number(result, 2), verdict])
    return format_table(["target", "", "reached", ""], rows)


def _format_number(figure: float | None, digits: int) -> str:
    return "-" if figure is None else f"{figure:,.{digits}f}"
