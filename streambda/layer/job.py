"""One build: what is asked for and where it happens. Every step of the build takes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .architecture import Architecture
from .recipe import Recipe
from .sbom import Component

Report = Callable[[str], None]


def silent(line: str) -> None:
    """The default of `report`: says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    architecture: Architecture
    recipe: Recipe
    work: Path  # private to this build, removed afterwards
    locked: bool = False  # no other version than the lock's
    archive: Path | None = None  # python-build-standalone's, already on disk
    report: Report = silent

    @property
    def root(self) -> Path:
        """What becomes /opt."""
        return self.work / "root"

    @property
    def tree(self) -> Path:
        return self.root / "python-rt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """What a source leaves behind, besides the job's tree."""

    python: str  # "3.11"
    components: tuple[Component, ...]
    libraries: tuple[Path, ...] = ()  # folders to bundle needed shared libraries from
