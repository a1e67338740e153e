"""The targets of the layer."""

from __future__ import annotations

from dataclasses import dataclass

# Sizes are judged for CPython 3.11 only: another version has another standard library.
SIZED = "3.11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """At most `limit`, in `unit`."""

    limit: float
    unit: str

    @property
    def text(self) -> str:
        return f"≤ {self.limit:g} {self.unit}"

    def verdict(self, reached: float) -> str:
        return "met" if reached <= self.limit else "MISSED"


START = Target(limit=1.05, unit="x the best")
ZIPPED = Target(limit=13, unit="MB")
UNZIPPED = Target(limit=36, unit="MB")
COLD = Target(limit=60, unit="s")
WARM = Target(limit=15, unit="s")
