"""One build: what is asked for, and where it happens. Every step takes a `BuildJob`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.cache import download_folder
from streambda.layer.components import Component, FileOwner
from streambda.layer.layout import INTERPRETER, TREE, stdlib
from streambda.layer.recipe import Recipe
from streambda.layer.report import Report, say_nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildJob:
    architecture: Architecture
    python: str  # "3.13"
    recipe: Recipe
    work: Path  # private to this build, removed afterwards
    downloads: Path = field(default_factory=download_folder)  # stays after the build
    locked: bool = False  # accept only the versions of the lock
    archive: Path | None = None  # python-build-standalone's, already on disk, its hash checked
    report: Report = field(default_factory=lambda: Report(say_nothing))

    @property
    def root(self) -> Path:
        """What becomes /opt."""
        return self.work / "root"

    @property
    def tree(self) -> Path:
        return self.root / TREE

    @property
    def interpreter(self) -> Path:
        return self.tree / INTERPRETER

    @property
    def stdlib(self) -> Path:
        return self.tree / stdlib(self.python)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackedPython:
    """What a source returns when a CPython is in the job's tree."""

    components: tuple[Component, ...]
    library_folders: tuple[Path, ...] = ()  # where shared libraries to bundle are looked for
    owners: Mapping[str, FileOwner] = field(default_factory=dict)  # file name -> its package
    unlisted: str | None = None  # what is in the layer, but not among the components
