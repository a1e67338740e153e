"""Real layers: built once a run, from whatever source can be reached, and unpacked."""

from __future__ import annotations

import platform
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

from streambda.layer import Architecture, LayerUnavailable, ensure_layer

PYTHON = Path("python-rt/bin/python3")

runs_x86_64 = pytest.mark.skipif(
    platform.machine() != "x86_64" or sys.platform != "linux", reason="not Linux on x86_64"
)


def built(folder: Path, architecture: Architecture) -> Path:
    """The zip, in a cache of its own in `folder`; skips the test where no source can be reached."""
    made = _outcome(folder / "layer-cache", architecture)
    if isinstance(made, str):
        pytest.skip(made)
    return made


@cache  # an unreachable source is asked once, not by every test
def _outcome(folder: Path, architecture: Architecture) -> Path | str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAMBDA_CACHE_DIR", str(folder))
        try:
            return ensure_layer(architecture)
        except LayerUnavailable as error:
            return str(error)


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpacks as Lambda does, modes included; returns `folder`, the look-alike of /opt."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            Path(packed.extract(entry, folder)).chmod(entry.external_attr >> 16 & 0o777)
    return folder
