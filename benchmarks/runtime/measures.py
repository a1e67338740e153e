"""The measures: the figures of a session, their units, and how figures are compared.

Only figures of the same round can be compared, because the machine is shared and its load changes
from minute to minute: a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.runtime.stopwatch import Session
from benchmarks.runtime.workloads import (
    COLD,
    LARGE,
    LISTS,
    MANY,
    MEDIUM,
    PACED,
    SLOW,
    SMALL,
    WARM,
    Workload,
)


@dataclass(frozen=True)
class Measure:
    """One figure of a workload's session."""

    name: str
    unit: str
    work: Workload
    compute: Callable[[Session, Workload], float]
    digits: int = 1


def _percentile(values: Iterable[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def _ttfb(percent: int) -> Callable[[Session, Workload], float]:
    return lambda session, _: _percentile((one.ttfb for one in session.invocations), percent) / 1e3


def _median_cycle(session: Session) -> float:
    return statistics.median(one.cycle for one in session.invocations)


def _latency(percent: int) -> Callable[[Session, Workload], float]:
    return lambda session, _: (
        _percentile((ns for one in session.invocations for ns in one.latencies), percent) / 1e3
    )


def _chunk_rate(session: Session, work: Workload) -> float:
    return work.count / statistics.median(one.end for one in session.invocations) * 1e6


def _byte_rate(session: Session, work: Workload) -> float:
    return work.count * work.size / statistics.median(one.end for one in session.invocations) * 1e3


COLD_CPU = Measure("cold init, CPU", "ms", COLD, lambda one, _: one.init_cpu_ns / 1e6, 2)
COLD_WALL = Measure("cold init, wall", "ms", COLD, lambda one, _: one.init_wall_ns / 1e6, 2)
FIRST_TTFB = Measure("first TTFB", "us", COLD, lambda one, _: one.first.ttfb / 1e3, 0)
IDLE_MEMORY = Measure("memory, idle", "MiB", COLD, lambda one, _: one.idle_kib / 1024)
CYCLE = Measure("warm cycle p50", "us", WARM, lambda one, _: _median_cycle(one) / 1e3)
TTFB = Measure("TTFB p50", "us", WARM, _ttfb(50))
TTFB_99 = Measure("TTFB p99", "us", WARM, _ttfb(99), 0)
SMALL_RATE = Measure("1,000 x 64 B", "k chunks/s", SMALL, _chunk_rate, 0)
MANY_RATE = Measure("20,000 x 64 B", "k chunks/s", MANY, _chunk_rate, 0)
LISTS_RATE = Measure("20,000 x 64 B in lists of 100", "k chunks/s", LISTS, _chunk_rate, 0)
MEDIUM_RATE = Measure("100 x 64 KiB", "MB/s", MEDIUM, _byte_rate, 0)
LARGE_RATE = Measure("64 x 1 MiB", "MB/s", LARGE, _byte_rate, 0)
MEMORY_GROWTH = Measure(
    "memory, growth over 320 MiB", "MiB", LARGE, lambda one, _: (one.end_kib - one.idle_kib) / 1024
)
PACED_50 = Measure("chunk latency p50, one per 2 ms", "us", PACED, _latency(50))
PACED_99 = Measure("chunk latency p99, one per 2 ms", "us", PACED, _latency(99))
STREAMING_MEMORY = Measure(
    "memory, streaming 200 MB", "MiB", SLOW, lambda one, _: one.streaming_kib / 1024
)

MEASURES = (
    COLD_CPU, COLD_WALL, FIRST_TTFB, CYCLE, TTFB, TTFB_99, SMALL_RATE, MANY_RATE, LISTS_RATE,
    MEDIUM_RATE, LARGE_RATE, PACED_50, PACED_99, IDLE_MEMORY, MEMORY_GROWTH, STREAMING_MEMORY,
)  # fmt: skip


@dataclass
class Results:
    """The figures of a run, by measure and subject: one per round."""

    figures: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    notes: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # (workload, subject) -> why it has no figures
    measures: Sequence[Measure] = MEASURES

    def add(self, subject: str, work: Workload, session: Session) -> None:
        for measure in self.measures:
            if measure.work.name == work.name:
                figure = measure.compute(session, work)
                self.figures.setdefault((measure.name, subject), []).append(figure)

    def drop(self, subject: str, work: Workload) -> None:
        for measure in self.measures:
            if measure.work.name == work.name:
                self.figures.pop((measure.name, subject), None)

    def figure(self, measure: Measure, subject: str) -> float | None:
        """The median of the rounds."""
        figures = self.figures.get((measure.name, subject))
        return statistics.median(figures) if figures else None

    def ratio(
        self, measure: Measure, subject: str, peer: str, peer_measure: Measure | None = None
    ) -> float | None:
        """The median of the rounds' ratios. `peer_measure`: the peer's, where it differs."""
        ours = self.figures.get((measure.name, subject), [])
        theirs = self.figures.get(((peer_measure or measure).name, peer), [])
        ratios = [a / b for a, b in zip(ours, theirs, strict=False) if b]
        return statistics.median(ratios) if ratios else None
