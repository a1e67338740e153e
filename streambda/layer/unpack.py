"""Unpacks tar archives: files, folders, and links that stay inside."""

from __future__ import annotations

import posixpath
import tarfile
from pathlib import Path
from typing import Any

# Debian 12's own Python (3.11.2) does not have the filters yet.
_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def unpack_tar(tar: tarfile.TarFile, folder: Path) -> None:
    """Leaves out what would lie or lead outside `folder`, such as links to /lib."""
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
