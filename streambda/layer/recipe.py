"""The recipe folder (`layer/` in the repository, `streambda/_layer` once installed)."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from streambda.layer.lock import Lock, read_lock

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Glob patterns, relative to lib/python3.X (`stdlib`) and to python-rt (`root`)."""

    why: str
    stdlib: tuple[str, ...]
    root: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    folder: Path
    lock: Lock
    removals: tuple[Removal, ...]
    base_image_libraries: frozenset[str]


def recipe_folder(package: Path = _PACKAGE) -> Path:
    """Installed beside the package, or at the root of the repository."""
    installed = package.parent / "_layer"
    return installed if installed.is_dir() else package.parents[1] / "layer"


def read_recipe(folder: Path, lock: Path | None = None) -> Recipe:
    """`lock` None is the folder's own."""
    return Recipe(
        folder=folder,
        lock=read_lock(lock or lock_path(folder)),
        removals=_read_removals(folder / "prune.toml"),
        base_image_libraries=_read_names(folder / "base-image-libraries.txt"),
    )


def lock_path(folder: Path) -> Path:
    return folder / "python-layer.lock"


def fingerprint(folder: Path) -> str:
    """Changes with the recipe, and with the code of this package: part of a cached layer's name."""
    digest = hashlib.sha256()
    for path in _recipe_and_code(folder):
        digest.update(path.name.encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _recipe_and_code(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.iterdir() if path.is_file())
    yield from sorted(_PACKAGE.rglob("*.py"))


def _read_removals(path: Path) -> tuple[Removal, ...]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["remove"]
    return tuple(
        Removal(
            why=entry["why"],
            stdlib=tuple(entry.get("stdlib", ())),
            root=tuple(entry.get("root", ())),
        )
        for entry in entries
    )


def _read_names(path: Path) -> frozenset[str]:
    """A name a line; # starts a comment."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))
