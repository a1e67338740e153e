"""Where finished layers and downloads are stored, and the locks between two builds at once."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from streambda.layer.architecture import Architecture
from streambda.layer.errors import LayerError
from streambda.layer.file_lock import wait_for_lock

# Windows has neither: it lets nobody but administrators make links, and passes no descriptors on.
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
_NOT_INHERITED: int = getattr(os, "O_CLOEXEC", 0)

_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^/]+)")


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
    """A lock that is held while a layer is built for the architecture, or the cache is cleaned."""
    return folder / f"{architecture}.lock"


def building_folder(folder: Path, architecture: Architecture) -> Path:
    return folder / f"{architecture}.building"


class Digests:
    """The SHA-256 of each layer that was built under a lock, in the lock's own file."""

    def __init__(self, file: TextIO, folder: Path) -> None:
        self._file = file
        self._folder = folder

    def find(self, layer: Path) -> str | None:
        return self._read().get(layer.name)

    def set(self, layer: Path, digest: str) -> None:
        known = {**self._read(), layer.name: digest}
        lines = [
            f"{one}  {name}\n" for name, one in known.items() if (self._folder / name).exists()
        ]
        self._file.seek(0)
        self._file.truncate()
        self._file.write("".join(lines))
        self._file.flush()

    def _read(self) -> dict[str, str]:
        """As sha256sum writes them; another line is none of ours."""
        self._file.seek(0)
        found = (_LINE.fullmatch(line) for line in self._file.read().splitlines())
        return {match["name"]: match["digest"] for match in found if match}


@contextmanager
def hold_lock(path: Path) -> Iterator[Digests]:
    """Waits for the lock file `path`, holds it; the kernel frees it if the process is killed.

    Raises LayerError if it cannot be opened, or is a link: who can write to the folder could lead
    us to write elsewhere.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | _NO_LINK | _NOT_INHERITED
        descriptor = os.open(path, flags, 0o644)
    except OSError as error:
        reason = "is a link" if error.errno == errno.ELOOP else str(error.strerror)
        raise LayerError(f"cannot lock {path}: {reason}, expected a file of our own") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise LayerError(f"cannot lock {path}: it is not a regular file")
    with os.fdopen(descriptor, "r+", encoding="utf-8", errors="replace") as file:
        wait_for_lock(file.fileno())
        yield Digests(file, path.parent)


@contextmanager
def fresh_folder(path: Path) -> Iterator[Path]:
    """An empty folder, removed afterwards. What a killed build left there is removed first."""
    if path.is_symlink():
        path.unlink()
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
