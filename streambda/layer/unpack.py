"""Unpacks tar archives: files, folders, and links that stay inside."""

from __future__ import annotations

import posixpath
import tarfile
import zlib
from pathlib import Path
from typing import Any

from streambda.layer.errors import LayerError

# Debian 12's own Python (3.11.2) does not have the filters yet.
_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def unpack_tar_file(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path) as tar:
            unpack_tar(tar, folder)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise LayerError(f"{path.name}: cannot be unpacked: {error}") from error


def unpack_tar(tar: tarfile.TarFile, folder: Path) -> None:
    """Leaves out what would be, or would lead, outside `folder`, such as links to /lib."""
    members = [member for member in tar if _stays_inside(member)]
    tar.extractall(folder, members=members, **_FILTER)


def _stays_inside(member: tarfile.TarInfo) -> bool:
    if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
        return False
    paths = [member.name]
    if member.issym():
        paths.append(posixpath.join(posixpath.dirname(member.name), member.linkname))
    if member.islnk():
        paths.append(member.linkname)
    return not any(posixpath.normpath(path).startswith(("/", "..")) for path in paths)
