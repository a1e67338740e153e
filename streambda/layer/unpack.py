"""Unpacks tar archives: files, folders, and links that stay inside."""

from __future__ import annotations

import os
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path
from typing import Any

from streambda.layer.errors import LayerError

# Debian 12's own Python (3.11.2) does not have the filters yet: `_clean` does there what they do.
_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}

# A Python with all its tests and debug files has a tenth of this.
MOST_BYTES = 2_000_000_000


def unpack_tar_file(path: Path, folder: Path) -> None:
    """Raises LayerError."""
    try:
        with tarfile.open(path) as tar:
            unpack_tar(tar, folder)
    except (tarfile.TarError, EOFError, LZMAError, OSError, zlib.error) as error:
        reason = " ".join(str(error).split())  # tarfile tells of each compression on its own line
        raise LayerError(f"{path.name}: cannot be unpacked: {reason}") from error


def unpack_tar(tar: tarfile.TarFile, folder: Path) -> None:
    """Leaves out what would be, or would lead, outside `folder`, such as links to /lib.

    Raises LayerError for an archive that has more than `MOST_BYTES`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tar.extractall(folder, members=_choose_members(tar, Path(os.path.realpath(folder))), **_FILTER)


def _choose_members(tar: tarfile.TarFile, folder: Path) -> Iterator[tarfile.TarInfo]:
    """One after another: what is unpacked already decides where a name leads."""
    size = 0
    for member in tar:
        size += member.size
        if size > MOST_BYTES:
            raise LayerError(f"the archive has more than {MOST_BYTES} bytes")
        if _stays_inside(member) and _leads_inside(member, folder):
            yield _clean(member)


def _stays_inside(member: tarfile.TarInfo) -> bool:
    if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
        return False
    paths = [member.name]
    if member.issym():
        paths.append(posixpath.join(posixpath.dirname(member.name), member.linkname))
    if member.islnk():
        paths.append(member.linkname)
    return not any(posixpath.normpath(path).startswith(("/", "..")) for path in paths)


def _leads_inside(member: tarfile.TarInfo, folder: Path) -> bool:
    """The same through links that are unpacked already: several may lead where none leads alone."""
    parent = Path(os.path.realpath(folder / posixpath.dirname(member.name)))
    paths = [parent, Path(os.path.realpath(folder / member.name))]
    if member.issym():
        paths.append(Path(os.path.realpath(parent / member.linkname)))
    if member.islnk():
        paths.append(Path(os.path.realpath(folder / member.linkname)))
    return all(path.is_relative_to(folder) for path in paths)


def _clean(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Ours, and for nobody else to write; no bit gives anybody the rights of another."""
    if hasattr(os, "getuid"):  # not on Windows, where files have no numbers
        member.uid, member.gid = os.getuid(), os.getgid()
    member.uname = member.gname = ""
    if member.isfile() or member.islnk():
        member.mode = member.mode & 0o755 | 0o600
    elif member.isdir():
        member.mode = 0o755
    return member
