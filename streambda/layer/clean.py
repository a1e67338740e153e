"""Removes from the cache what no build would take: layers of older recipes, and their downloads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.cache import download_folder, exclusive, layer_folder, lock_of
from streambda.layer.cached_layers import cached_layers
from streambda.layer.lock import Pbs
from streambda.layer.recipe import fingerprint, read_recipe
from streambda.layer.sources.pbs.fetch import finished_name, partial_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    path: Path
    size: int


def clean(recipe: Path, *, everything: bool) -> list[Removed]:
    """Waits for a build that is under way. Returns what is gone now."""
    cache = layer_folder()
    if not cache.is_dir():
        return []
    with ExitStack() as stack:
        for architecture in Architecture:
            stack.enter_context(exclusive(lock_of(cache, architecture)))
        stale = list(_layers(cache, None if everything else fingerprint(recipe)))
        stale += _downloads(set() if everything else _wanted_names(read_recipe(recipe).lock.pbs))
        return [_remove(path) for path in stale]


def _layers(cache: Path, key: str | None) -> Iterator[Path]:
    return (kept.path for kept in cached_layers(cache) if kept.key != key)


def _downloads(wanted: set[str]) -> Iterator[Path]:
    return (path for path in sorted(download_folder().glob("*")) if path.name not in wanted)


def _wanted_names(pbs: Pbs) -> set[str]:
    """Of the lock's archives, finished or begun."""
    return {
        name
        for release in pbs.releases.values()
        for archive in release.archives.values()
        for name in (finished_name(archive), partial_name(archive))
    }


def _remove(path: Path) -> Removed:
    size = path.stat().st_size
    path.unlink()
    return Removed(path=path, size=size)
