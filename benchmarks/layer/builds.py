"""Builds layers in a separate cache: first with an empty one, then with the downloads in it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streambda.layer import Architecture

MEGABYTE = 1_000_000
LIMIT_S = 600
_UNAVAILABLE = 3  # exit status of `python -m streambda.layer build`


class NoLayer(Exception):
    """The layer cannot be built on this machine; the message is the reason."""


class BuildFailed(Exception):
    """The build went wrong; the message is its last line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltLayer:
    """A layer, its sizes in bytes, and how long its builds took in seconds."""

    name: str
    architecture: Architecture
    path: Path
    python: str  # "3.11"
    zipped: int
    unzipped: int
    cold_s: float
    warm_s: float


def build_twice(
    name: str, architecture: Architecture, options: Sequence[str], folder: Path
) -> BuiltLayer:
    """`options` go to `python -m streambda.layer build`. Raises NoLayer, BuildFailed."""
    cache, path = folder / f"cache-{name}-{architecture}", folder / f"{name}-{architecture}.zip"
    command = ["build", "--arch", str(architecture), *options, "--out", str(path)]
    cold_s = _time_build(command, cache)
    for layer in cache.rglob("*.zip"):
        layer.unlink()
    warm_s = _time_build(command, cache)
    with zipfile.ZipFile(path) as archive:
        unzipped = sum(entry.file_size for entry in archive.infolist())
        python = _find_python(archive.namelist())
    return BuiltLayer(
        name=name,
        architecture=architecture,
        path=path,
        python=python,
        zipped=path.stat().st_size,
        unzipped=unzipped,
        cold_s=cold_s,
        warm_s=warm_s,
    )


def unpack_layer(path: Path, folder: Path) -> Path:
    """Unpacks a layer; returns the path of its interpreter."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            Path(archive.extract(entry, folder)).chmod(entry.external_attr >> 16 & 0o777)
    return folder / "python-rt/bin/python3"


def _time_build(command: Sequence[str], cache: Path) -> float:
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "streambda.layer", *command],
        env=os.environ | {"STREAMBDA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise (NoLayer if done.returncode == _UNAVAILABLE else BuildFailed)(reason)
    return time.monotonic() - start


def _find_python(names: Sequence[str]) -> str:
    (os_py,) = (name for name in names if name.endswith("/os.py") and name.count("/") == 3)
    return os_py.split("/")[2].removeprefix("python")
