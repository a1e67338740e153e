"""Writes the layer's zip: the same tree always gives the same bytes."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Container
from pathlib import Path

# The first moment a zip can hold, and what Lambda's own tools use.
_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def write_zip(root: Path, target: Path, executables: Container[str] | None = None) -> None:
    """Stores files, and folders that are empty. Raises ValueError for a link.

    `executables` are names of files that may be run; by default those that are so on the disk,
    which on Windows are none.
    """
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in names:
            _add(archive, root / name, name, executables)


def _add(
    archive: zipfile.ZipFile, path: Path, name: str, executables: Container[str] | None
) -> None:
    if path.is_symlink():
        raise ValueError(f"a link in the layer: {name}")
    if path.is_dir():
        if not any(path.iterdir()):
            archive.writestr(_entry(name + "/", stat.S_IFDIR | 0o755), b"")
        return
    if executables is None:
        executable = bool(path.stat().st_mode & stat.S_IXUSR)
    else:
        executable = name in executables
    entry = _entry(name, stat.S_IFREG | (0o755 if executable else 0o644))
    archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system = _UNIX  # else the build machine's, and modes are lost
    entry.external_attr = mode << 16
    return entry
