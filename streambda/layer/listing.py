"""What the cache holds, read from the names that `ensure_layer` gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .architecture import Architecture
from .table import table

_ARCHITECTURES = "|".join(Architecture)
_NAME = re.compile(
    rf"python-(?P<architecture>{_ARCHITECTURES})-(?P<source>[a-z]+)(?P<locked>-locked)?-[0-9a-f]+\.zip"
)
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    path: Path
    architecture: Architecture
    source: str
    locked: bool
    size: int


def kept_layers(folder: Path) -> Iterator[Kept]:
    """A folder that does not exist holds none."""
    for path in sorted(folder.glob("*.zip")):
        if match := _NAME.fullmatch(path.name):
            yield Kept(
                path=path,
                architecture=Architecture(match["architecture"]),
                source=match["source"],
                locked=match["locked"] is not None,
                size=path.stat().st_size,
            )


def listing(folder: Path) -> str:
    rows = [
        (
            str(kept.path),
            str(kept.architecture),
            f"{kept.source}, locked" if kept.locked else kept.source,
            f"{kept.size / _MEGABYTE:.1f} MB",
        )
        for kept in kept_layers(folder)
    ]
    return table([("file", "architecture", "source", "size"), *rows])
