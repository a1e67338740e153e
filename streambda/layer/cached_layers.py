"""The finished layers in the cache: their file names, and the table that `list` prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.report import MEGABYTE
from streambda.layer.request import LayerRequest
from streambda.layer.text_table import format_table

_ARCHITECTURES = "|".join(Architecture)
# Older names without a Python are read too, so that `clean` finds them.
_NAME = re.compile(
    rf"python-(?P<architecture>{_ARCHITECTURES})-(?P<source>[a-z]+)(-(?P<python>3\.\d+))?"
    r"(?P<locked>-locked)?-(?P<fingerprint>[0-9a-f]+)\.zip"
)
_COLUMNS = ("file", "architecture", "python", "source", "recipe", "size")


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedLayer:
    path: Path
    architecture: Architecture
    source: str
    python: str | None
    locked: bool
    fingerprint: str  # of the recipe that it was built from
    size: int


def layer_file_name(request: LayerRequest, source: str, python: str, fingerprint: str) -> str:
    locked = "locked-" if request.locked else ""
    return f"python-{request.architecture}-{source}-{python}-{locked}{fingerprint}.zip"


def find_cached_layers(folder: Path) -> Iterator[CachedLayer]:
    """A folder that does not exist has none."""
    for path in sorted(folder.glob("*.zip")):
        if match := _NAME.fullmatch(path.name):
            yield CachedLayer(
                path=path,
                architecture=Architecture(match["architecture"]),
                source=match["source"],
                python=match["python"],
                locked=match["locked"] is not None,
                fingerprint=match["fingerprint"],
                size=path.stat().st_size,
            )


def format_cached_layers(folder: Path, fingerprint: str) -> str:
    """The table that `list` prints; `fingerprint` is the current recipe's."""
    return format_table(
        [_COLUMNS, *(_row(layer, fingerprint) for layer in find_cached_layers(folder))]
    )


def _row(layer: CachedLayer, fingerprint: str) -> tuple[str, ...]:
    return (
        str(layer.path),
        str(layer.architecture),
        layer.python or "-",
        f"{layer.source}, locked" if layer.locked else layer.source,
        "current" if layer.fingerprint == fingerprint else "older",
        f"{layer.size / MEGABYTE:.1f} MB",
    )
