"""Where finished layers and downloads are stored, and the locks between two builds at once."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streambda.layer.architecture import Architecture


def cache_folder() -> Path:
    """$STREAMBDA_CACHE_DIR, else $XDG_CACHE_HOME/streambda, else ~/.cache/streambda."""
    if own := os.environ.get("STREAMBDA_CACHE_DIR"):
        return Path(own).expanduser().resolve()
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared).resolve() / "streambda"
    return Path.home() / ".cache" / "streambda"


def layer_folder() -> Path:
    return cache_folder() / "layer"


def download_folder() -> Path:
    return layer_folder() / "downloads"


def lock_file(folder: Path, architecture: Architecture) -> Path:
    """Held by whoever builds for the architecture, or cleans the cache."""
    return folder / f"{architecture}.lock"


def building_folder(folder: Path, architecture: Architecture) -> Path:
    return folder / f"{architecture}.building"


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Waits for the lock file `path`, holds it; the kernel frees it if the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def fresh_folder(path: Path) -> Iterator[Path]:
    """An empty folder, removed afterwards. What a killed build left there is removed first."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
