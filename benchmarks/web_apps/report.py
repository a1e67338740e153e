"""The results as Markdown tables, for the terminal and for docs/performance.md."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.runtime.measures import Results
from benchmarks.runtime.report import (
    RunConditions,
    find_measured,
    format_figures,
    format_remarks,
    format_targets,
)
from benchmarks.web_apps.subjects import FRAMEWORKS
from benchmarks.web_apps.targets import TARGETS


def format_tables(results: Results, subjects: Sequence[str], conditions: RunConditions) -> str:
    """Formats the figures and the targets, and what could not be measured."""
    parts = [
        format_figures(results, names, find_measured(results, names))
        for framework in FRAMEWORKS
        if (names := [name for name in subjects if name.startswith(f"{framework}-")])
    ]
    judged = [target for target in TARGETS if target.subject in subjects]
    parts += [format_targets(results, judged)] if judged else []
    return "\n\n".join([*parts, *format_remarks(results, conditions)])
