"""What the cache holds: the names of finished layers, written and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.request import LayerRequest

_ARCHITECTURES = "|".join(Architecture)
# Names of before Python was part of them are read too, so that `clean` finds them.
_NAME = re.compile(
    rf"python-(?P<architecture>{_ARCHITECTURES})-(?P<source>[a-z]+)(-(?P<python>3\.\d+))?"
    r"(?P<locked>-locked)?-(?P<key>[0-9a-f]+)\.zip"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedLayer:
    path: Path
    architecture: Architecture
    source: str
    python: str | None
    locked: bool
    key: str  # the recipe's fingerprint
    size: int


def layer_name(wanted: LayerRequest, source: str, python: str, key: str) -> str:
    locked = "locked-" if wanted.locked else ""
    return f"python-{wanted.architecture}-{source}-{python}-{locked}{key}.zip"


def cached_layers(folder: Path) -> Iterator[CachedLayer]:
    """A folder that does not exist holds none."""
    for path in sorted(folder.glob("*.zip")):
        if match := _NAME.fullmatch(path.name):
            yield CachedLayer(
                path=path,
                architecture=Architecture(match["architecture"]),
                source=match["source"],
                python=match["python"],
                locked=match["locked"] is not None,
                key=match["key"],
                size=path.stat().st_size,
            )
