"""Real layers: built once a run, from the first source that works, and unpacked."""

from __future__ import annotations

import platform
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

from streambda.layer import Architecture, LayerUnavailable, ensure_layer

PYTHON = Path("python-rt/bin/python3")
FALLBACK = "3.11"  # where only Debian can be reached

runs_x86_64 = pytest.mark.skipif(
    platform.machine() != "x86_64" or sys.platform != "linux", reason="not Linux on x86_64"
)


def build_layer(folder: Path, architecture: Architecture) -> Path:
    """Returns the zip, in a cache of its own in `folder`; skips the test where no source works."""
    layer = _try_to_build(folder / "layer-cache", architecture)
    if isinstance(layer, str):
        pytest.skip(layer)
    return layer


@cache  # an unreachable source is tried once, not by every test
def _try_to_build(folder: Path, architecture: Architecture) -> Path | str:
    """The zip, or why there is none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAMBDA_CACHE_DIR", str(folder))
        try:
            return ensure_layer(architecture, fallback=FALLBACK)
        except LayerUnavailable as error:
            return str(error)


def unpack_layer(archive: Path, folder: Path) -> Path:
    """Unpacks as Lambda does, modes included; returns `folder`, which then is as /opt in Lambda."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            Path(packed.extract(entry, folder)).chmod(entry.external_attr >> 16 & 0o777)
    return folder
