"""The table that `list` prints."""

from __future__ import annotations

from pathlib import Path

from streambda.layer.cached_layers import CachedLayer, cached_layers
from streambda.layer.report import MEGABYTE
from streambda.layer.text_table import table

_COLUMNS = ("file", "architecture", "python", "source", "recipe", "size")


def listing(folder: Path, key: str) -> str:
    """`key` is the recipe's fingerprint of now."""
    return table([_COLUMNS, *(_row(kept, key) for kept in cached_layers(folder))])


def _row(kept: CachedLayer, key: str) -> tuple[str, ...]:
    return (
        str(kept.path),
        str(kept.architecture),
        kept.python or "-",
        f"{kept.source}, locked" if kept.locked else kept.source,
        "current" if kept.key == key else "older",
        f"{kept.size / MEGABYTE:.1f} MB",
    )
