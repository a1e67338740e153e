"""The results as Markdown tables, for the terminal and docs/performance.md alike; and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.runtime.measures import MEASURES, Measure, Results
from benchmarks.runtime.targets import OURS, TARGETS
from benchmarks.table import table

COMPARED = ("floor_c", "floor_py", "http_client", "awslambdaric", "node_ric")


@dataclass(frozen=True)
class About:
    """Under which circumstances the run was made."""

    python: str
    machine: str
    placement: str
    load: float
    rounds: int
    seconds: float
    skipped: dict[str, str]  # subject -> why it cannot be had here


def tables(results: Results, subjects: Sequence[str], about: About) -> str:
    """Figures, ratios, targets, and what could not be measured."""
    measured = [one for one in MEASURES if any(results.figure(one, name) for name in subjects)]
    parts = [_figures(results, subjects, measured)]
    if OURS in subjects:
        parts += [_ratios(results, subjects, measured), _targets(results)]
    parts += [f"{work}, {name}: {why}" for (work, name), why in results.notes.items()]
    parts += [f"{name}: skipped: {why}" for name, why in about.skipped.items()]
    circumstances = f"{about.rounds} rounds in {about.seconds:.0f} s, load {about.load}"
    parts.append(f"CPython {about.python}, {about.machine}; {about.placement}; {circumstances}")
    return "\n\n".join(parts)


def document(results: Results, subjects: Sequence[str], about: About) -> dict[str, object]:
    """All figures of all rounds, and what they come to."""
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
        {"measure": one.measure.name, "target": one.text, "reached": reached, "met": met}
        for one in TARGETS
        for reached in [one.reached(results)]
        for met in [None if reached is None else one.met(reached)]
    ]
    notes = [
        {"workload": work, "subject": name, "why": why}
        for (work, name), why in results.notes.items()
    ]
    return asdict(about) | {"figures": rows, "targets": targets, "notes": notes}


def _figures(results: Results, subjects: Sequence[str], measured: Sequence[Measure]) -> str:
    rows = [
        [
            f"{one.name}, {one.unit}",
            *(_shown(results.figure(one, name), one.digits) for name in subjects),
        ]
        for one in measured
    ]
    return table(["medians", *subjects], rows)


def _ratios(results: Results, subjects: Sequence[str], measured: Sequence[Measure]) -> str:
    peers = [name for name in COMPARED if name in subjects]
    rows = [
        [one.name, *(_shown(results.ratio(one, OURS, peer), 2) for peer in peers)]
        for one in measured
    ]
    return table([f"{OURS}, ratio to", *peers], rows)


def _targets(results: Results) -> str:
    rows = []
    for target in TARGETS:
        reached = target.reached(results)
        verdict = (
            "not measured" if reached is None else ("met" if target.met(reached) else "MISSED")
        )
        rows.append([target.measure.name, target.text, _shown(reached, 2), verdict])
    targets = table(["target", "", "reached", ""], rows)
    return f"{targets}\n\nWhat keeps a target from being met: docs/performance.md"


def _shown(figure: float | None, digits: int) -> str:
    return "-" if figure is None else f"{figure:,.{digits}f}"
