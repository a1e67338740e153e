"""One build: what is asked for and where it happens. Every step of the build takes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.cache import download_folder
from streambda.layer.components import Owner
from streambda.layer.pack.sbom import Component
from streambda.layer.recipe import Recipe
from streambda.layer.report import Report, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    architecture: Architecture
    python: str  # "3.13"
    recipe: Recipe
    work: Path  # private to this build, removed afterwards
    downloads: Path = field(default_factory=download_folder)  # outlives the build
    locked: bool = False  # no other version than the lock's
    archive: Path | None = None  # python-build-standalone's, already on disk, its hash checked
    report: Report = field(default_factory=lambda: Report(silent))

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
    owners: Mapping[str, Owner] = field(default_factory=dict)  # of files that may be bundled
    unlisted: str | None = None  # what is in the layer and not among the components
