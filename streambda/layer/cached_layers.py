"""The finished layers in the cache: their file names, and the table that `list` prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.errors import LayerError
from streambda.layer.files import file_sha256
from streambda.layer.layer_info import read_layer_info
from streambda.layer.report import MEGABYTE
from streambda.layer.request import LayerRequest
from streambda.layer.text_table import format_table

_ARCHITECTURES = "|".join(Architecture)
# Older names without a Python are read too, so that `clean` finds them.
_NAME = re.compile(
    rf"python-(?P<architecture>{_ARCHITECTURES})-(?P<source>[a-z]+)(-(?P<python>3\.\d+))?"
    r"(-(?P<locked>locked|lock[0-9a-f]{8}))?-(?P<fingerprint>[0-9a-f]+)\.zip"
)
_LOCKED = {"": "", "locked": "locked"}
_COLUMNS = ("file", "architecture", "python", "source", "recipe", "size")


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedLayer:
    path: Path
    architecture: Architecture
    source: str
    python: str | None
    locked: str  # "locked", or "own lock" for a lock that was given
    fingerprint: str  # of the recipe that it was built from
    size: int


def layer_file_name(request: LayerRequest, source: str, python: str, fingerprint: str) -> str:
    locked = "locked-" if request.locked else ""
    if request.lock is not None:
        locked = f"lock{file_sha256(request.lock)[:8]}-"
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
                locked=_LOCKED.get((match["locked"] or "")[:6], "own lock"),
                fingerprint=match["fingerprint"],
                size=path.stat().st_size,
            )


def _find_version(layer: CachedLayer) -> str | None:
    """ "3.13.18", which only the zip itself says."""
    try:
        return read_layer_info(layer.path).version
    except LayerError:
        return None


def format_cached_layers(folder: Path, fingerprint: str) -> str:
    """The table that `list` prints; `fingerprint` is the current recipe's."""
    return format_table(
        [_COLUMNS, *(_row(layer, fingerprint) for layer in find_cached_layers(folder))]
    )


def _row(layer: CachedLayer, fingerprint: str) -> tuple[str, ...]:
    return (
        str(layer.path),
        str(layer.architecture),
        _find_version(layer) or layer.python or "-",
        f"{layer.source}, {layer.locked}" if layer.locked else layer.source,
        "current" if layer.fingerprint == fingerprint else "older",
        f"{layer.size / MEGABYTE:.1f} MB",
    )
