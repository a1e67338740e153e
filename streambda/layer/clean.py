"""Removes from the cache what no build would use: layers of older recipes, and their downloads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.cache import download_folder, hold_lock, layer_folder, lock_file
from streambda.layer.cached_layers import find_cached_layers
from streambda.layer.lock import PbsLock
from streambda.layer.recipe import fingerprint, read_recipe
from streambda.layer.sources.pbs.fetch import finished_name, partial_name


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedFile:
    path: Path
    size: int


def clean_cache(recipe: Path, *, everything: bool) -> list[RemovedFile]:
    """Waits for a build that is running. Returns what was removed."""
    cache = layer_folder()
    if not cache.is_dir():
        return []
    with ExitStack() as stack:
        for architecture in Architecture:
            stack.enter_context(hold_lock(lock_file(cache, architecture)))
        unused = list(_unused_layers(cache, None if everything else fingerprint(recipe)))
        locked = set() if everything else _download_names(read_recipe(recipe).lock.pbs)
        unused += _unused_downloads(locked)
        return [_remove(path) for path in unused]


def _unused_layers(cache: Path, current: str | None) -> Iterator[Path]:
    return (layer.path for layer in find_cached_layers(cache) if layer.fingerprint != current)


def _unused_downloads(locked: set[str]) -> Iterator[Path]:
    return (path for path in sorted(download_folder().glob("*")) if path.name not in locked)


def _download_names(pbs: PbsLock) -> set[str]:
    """The names of the lock's archives in the cache, downloaded completely or in part."""
    return {
        name
        for release in pbs.releases.values()
        for archive in release.archives.values()
        for name in (finished_name(archive), partial_name(archive))
    }


def _remove(path: Path) -> RemovedFile:
    size = path.stat().st_size
    path.unlink()
    return RemovedFile(path=path, size=size)
