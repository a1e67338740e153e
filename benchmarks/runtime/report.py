"""The results as Markdown tables, for the terminal and for docs/performance.md, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.markdown_table import format_table
from benchmarks.runtime.measures import MEASURES, Measure, Results
from benchmarks.runtime.targets import OURS, TARGETS

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
    measured = [one for one in MEASURES if any(results.figure(one, name) for name in subjects)]
    parts = [_format_figures(results, subjects, measured)]
    if OURS in subjects:
        parts += [_format_ratios(results, subjects, measured), _format_targets(results)]
    parts += [f"{work}, {name}: {why}" for (work, name), why in results.notes.items()]
    parts += [f"{name}: skipped: {why}" for name, why in conditions.skipped.items()]
    rounds = f"{conditions.rounds} rounds in {conditions.seconds:.0f} s, load {conditions.load}"
    parts.append(
        f"CPython {conditions.python}, {conditions.machine}; {conditions.placement}; {rounds}"
    )
    return "\n\n".join(parts)


def make_document(
    results: Results, subjects: Sequence[str], conditions: RunConditions
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
        for measure in MEASURES
        for name in subjects
    ]
    targets = [
        {"measure": one.measure.name, "target": one.text, "reached": result, "met": met}
        for one in TARGETS
        for result in [one.find_result(results)]
        for met in [None if result is None else one.is_met(result)]
    ]
    notes = [
        {"workload": work, "subject": name, "why": why}
        for (work, name), why in results.notes.items()
    ]
    return asdict(conditions) | {"figures": rows, "targets": targets, "notes": notes}


def _format_figures(results: Results, subjects: Sequence[str], measured: Sequence[Measure]) -> str:
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


def _format_targets(results: Results) -> str:
    rows = []
    for target in TARGETS:
        result = target.find_result(results)
        verdict = (
            "not measured" if result is None else ("met" if target.is_met(result) else "MISSED")
        )
        rows.append([target.measure.name, target.text, _format_number(result, 2), verdict])
    targets = format_table(["target", "", "reached", ""], rows)
    return f"{targets}\n\nWhy a target is missed: docs/performance.md"


def _format_number(figure: float | None, digits: int) -> str:
    return "-" if figure is None else f"{figure:,.{digits}f}"
