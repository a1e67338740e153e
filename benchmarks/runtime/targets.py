"""The targets of streambda: ratios to a peer in the same run, or absolute limits."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.runtime import measures
from benchmarks.runtime.measures import Measure, Results

OURS = "streambda"


@dataclass(frozen=True)
class Target:
    """`measure` is at most (or at least) `limit` times the peer's; without a peer, `limit`."""

    measure: Measure
    limit: float
    peer: str = ""
    at_least: bool = False
    peer_measure: Measure | None = None  # the peer's, where it differs
    subject: str = OURS

    @property
    def text(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.limit:g}" + (
            f"x {self.peer}" if self.peer else f" {self.measure.unit}"
        )

    def find_result(self, results: Results) -> float | None:
        """The figure or the ratio; None if it, or the peer's, was not measured."""
        if self.peer:
            return results.ratio(self.measure, self.subject, self.peer, self.peer_measure)
        return results.figure(self.measure, self.subject)

    def is_met(self, result: float) -> bool:
        return result >= self.limit if self.at_least else result <= self.limit


TARGETS = (
    Target(measures.COLD_CPU, 1.25, "floor_py"),
    Target(measures.COLD_CPU, 0.35, "awslambdaric"),
    Target(measures.COLD_CPU, 0.3, "http_client"),
    Target(measures.COLD_CPU, 0.3, "node_ric"),
    Target(measures.CYCLE, 1.25, "floor_c"),
    Target(measures.CYCLE, 0.7, "awslambdaric"),
    Target(measures.CYCLE, 0.65, "http_client"),
    Target(measures.TTFB, 1.3, "floor_c"),
    Target(measures.TTFB, 0.65, "awslambdaric"),
    Target(measures.TTFB, 0.4, "node_ric"),
    Target(measures.SMALL_RATE, 0.85, "floor_c", at_least=True),
    Target(measures.MANY_RATE, 0.85, "floor_c", at_least=True),
    Target(measures.LISTS_RATE, 5, "floor_c", at_least=True, peer_measure=measures.MANY_RATE),
    Target(measures.LISTS_RATE, 2, "node_ric", at_least=True, peer_measure=measures.MANY_RATE),
    Target(measures.MEDIUM_RATE, 0.85, "floor_c", at_least=True),
    Target(measures.LARGE_RATE, 0.85, "floor_c", at_least=True),
    Target(measures.LARGE_RATE, 3, "http_client", at_least=True),
    Target(measures.LARGE_RATE, 0.9, "node_ric", at_least=True),
    Target(measures.PACED_99, 1.2, "floor_c"),
    Target(measures.IDLE_MEMORY, 11),
    Target(measures.MEMORY_GROWTH, 2),
    Target(measures.STREAMING_MEMORY, 12),
    Target(measures.STREAMING_MEMORY, 0.2, "node_ric"),
)
