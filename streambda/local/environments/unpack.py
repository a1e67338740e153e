"""Unpacks an asset, a zip or a folder, into a folder of ours; nothing gets outside of it."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile, ZipInfo, is_zipfile

from streambda.local.model.errors import AssemblyError
from streambda.local.model.one_line import describe_error

# What is an archive, even if it cannot be read.
ARCHIVES = frozenset({".jar", ".zip"})

# PATH_MAX of Linux: no link is longer.
MOST_LINK_BYTES = 4096


def unpack(source: Path, target: Path) -> None:
    """Adds `source` to `target`; a later layer overwrites an earlier one, as on Lambda.

    Raises `AssemblyError`, one line whatever is wrong with the asset.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            _copy_folder(source, target)
            return
        if _is_single_file(source):
            shutil.copy2(source, _inside(target, source.name))
            return
        with ZipFile(source) as archive:
            for entry in archive.infolist():
                _unpack_entry(archive, entry, target)
    except AssemblyError:
        raise
    except Exception as error:  # zipfile raises nine kinds of errors, and each version more
        reason = _describe(error)
        raise AssemblyError(f"cannot unpack the asset {source}: {reason}") from error


def count_unzipped_bytes(source: Path) -> int:
    """What an asset takes when it is unpacked. Raises `AssemblyError`."""
    try:
        if source.is_dir():
            return sum(_list_sizes(source))
        if _is_single_file(source):
            return source.stat().st_size
        with ZipFile(source) as archive:
            # zipfile unpacks no more of an entry than the archive's directory says.
            return sum(entry.file_size for entry in archive.infolist())
    except Exception as error:
        reason = _describe(error)
        raise AssemblyError(f"cannot unpack the asset {source}: {reason}") from error


def _describe(error: Exception) -> str:
    """An OSError's own text names the path a second time."""
    return getattr(error, "strerror", None) or describe_error(error)


def _is_single_file(source: Path) -> bool:
    """A template may name one file, `src/app.py`: `sam deploy` makes a zip of it."""
    return source.suffix not in ARCHIVES and source.is_file() and not is_zipfile(source)


def _list_sizes(folder: Path | str) -> Iterator[int]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _list_sizes(entry.path)
            else:
                yield entry.stat(follow_symlinks=False).st_size


def _copy_folder(source: Path, target: Path) -> None:
    def fail(error: OSError) -> None:
        raise error

    for at, folders, files in os.walk(source, onerror=fail):
        for name in (*folders, *files):
            path = Path(at, name)
            place = _inside(target, str(path.relative_to(source)))
            if path.is_symlink():
                _remove(place)
                place.symlink_to(_keep_target(path, source))
            elif path.is_dir():
                _make_folder(place)
            elif path.is_file():  # a pipe or a socket is not code
                _remove(place)
                shutil.copy2(path, place)


def _keep_target(link: Path, folder: Path) -> Path:
    """What the copy of a link leads to: the same, also if it leads out of `folder`.

    The packages of a workspace are such links, `node_modules/@app/lib` to `../../../lib`.
    """
    to = link.resolve()
    return link.readlink() if to.is_relative_to(folder.resolve()) else to


def _unpack_entry(archive: ZipFile, entry: ZipInfo, target: Path) -> None:
    if entry.is_dir() and target / entry.filename == target:
        return  # "./", as some programs write it
    path = _inside(target, entry.filename)
    # The upper half of external_attr is the Unix mode; ZipFile.extract would lose it and turn a
    # symbolic link into a file with the link's text.
    mode = entry.external_attr >> 16
    if entry.is_dir():
        _make_folder(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove(path)
    if stat.S_ISLNK(mode):
        if entry.file_size > MOST_LINK_BYTES:
            raise AssemblyError(f"an asset holds the link {entry.filename!r}, which is too long")
        path.symlink_to(os.fsdecode(archive.read(entry)))
        return
    with archive.open(entry) as packed, path.open("xb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    # Nobody is root because of an asset.
    if permissions := stat.S_IMODE(mode) & 0o777:
        path.chmod(permissions)


def _make_folder(path: Path) -> None:
    """In place of a file; a link to a folder inside stays, as when a zip is unpacked over it."""
    if not path.is_dir():
        _remove(path)
    path.mkdir(parents=True, exist_ok=True)


def _remove(path: Path) -> None:
    """What an earlier layer has in this place; a link itself, never what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _inside(target: Path, name: str) -> Path:
    path = target / name
    # Resolving the parent follows links that earlier entries, or earlier layers, have made.
    inside = path.parent.resolve().is_relative_to(target.resolve())
    if not inside or path.name in {"", ".."} or path == target:
        raise AssemblyError(f"an asset holds {name!r}, which lies outside of its folder")
    return path
