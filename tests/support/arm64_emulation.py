"""Runs arm64 programs on another machine: qemu, and Debian's arm64 libraries."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from streambda.layer.errors import SourceUnavailable
from streambda.layer.sources.debian.apt import download_packages
from streambda.layer.sources.debian.deb import unpack_deb

QEMU = shutil.which("qemu-aarch64-static")

needs_qemu = pytest.mark.skipif(QEMU is None, reason="no qemu-aarch64-static on PATH")

# The Python layer needs only the C library; packages may use what the base image has.
C_LIBRARY = ("libc6",)
BASE_IMAGE = (*C_LIBRARY, "libgcc-s1", "libstdc++6", "zlib1g")


def install_libraries(names: Sequence[str], folder: Path) -> Path:
    """Unpacks the arm64 packages `names`. Returns the system's root; skips the test without apt."""
    try:
        debs = download_packages(
            list(names), architecture="arm64", suites={"bookworm"}, folder=folder
        )
    except SourceUnavailable as error:
        pytest.skip(f"no arm64 libraries: {error}")
    for deb in debs:
        unpack_deb(deb, folder / "root")
    return folder / "root"


def write_program(path: Path, root: Path, script: Path) -> Path:
    """Writes `script`, which runs the arm64 program `path` on this machine. Returns `script`."""
    script.write_text(f'#!/bin/sh\nexec "{QEMU}" -L "{root}" "{path}" "$@"\n')
    script.chmod(0o755)
    return script
