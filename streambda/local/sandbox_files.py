"""Lays out what a function finds on disk: /var/task from its code, /opt from its layers.

A folder asset is used where it lies. Zips are unpacked once per content into a private folder
that lives as long as the local cloud does.
"""

import hashlib
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from zipfile import BadZipFile, ZipFile, ZipInfo

from streambda.local.errors import AssemblyError
from streambda.local.functions import LocalFunction


@dataclass(frozen=True, slots=True)
class Sandbox:
    task_root: Path
    opt: Path | None  # the look-alike of /opt, None when there are no layers


class SandboxFiles:
    """Folders for the functions of one local cloud, below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        # Environments start side by side, each from a thread of its own.
        self._lock = Lock()

    def sandbox(self, function: LocalFunction) -> Sandbox:
        if function.code is None:
            raise AssemblyError(
                f"{function.name}: its code is not in the assembly, expected a file or folder asset"
            )
        with self._lock:
            opt = self._merged("opt", function.layers) if function.layers else None
            if function.code.is_dir():
                return Sandbox(function.code.resolve(), opt)
            return Sandbox(self._merged("task", (function.code,)), opt)

    def _merged(self, kind: str, sources: tuple[Path, ...]) -> Path:
        folder = self._root / f"{kind}-{content_key(sources)}"
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            for source in sources:
                unpack(source, unfinished)
            unfinished.rename(folder)
        return folder


def content_key(sources: Iterable[Path]) -> str:
    # The CDK names an asset after the hash of its content, so the names are the content.
    names = "\n".join(str(source.resolve()) for source in sources)
    return hashlib.sha256(names.encode()).hexdigest()[:16]


def unpack(source: Path, target: Path) -> None:
    """Adds `source` to `target`; a later layer overwrites an earlier one, as on Lambda."""
    target.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        return
    try:
        with ZipFile(source) as archive:
            for entry in archive.infolist():
                _unpack_entry(archive, entry, target)
    except (OSError, BadZipFile) as error:
        raise AssemblyError(f"cannot unpack the asset {source}: {error}") from error


def _unpack_entry(archive: ZipFile, entry: ZipInfo, target: Path) -> None:
    path = _inside(target, entry.filename)
    # The upper half of external_attr is the Unix mode; ZipFile.extract would lose it and turn a
    # symbolic link into a file with the link's text.
    mode = entry.external_attr >> 16
    if entry.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if stat.S_ISLNK(mode):
        path.symlink_to(archive.read(entry).decode())
        return
    with archive.open(entry) as packed, path.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    if permissions := stat.S_IMODE(mode):
        path.chmod(permissions)


def _inside(target: Path, name: str) -> Path:
    path = target / name
    # Resolving the parent follows links that earlier entries made.
    if not path.parent.resolve().is_relative_to(target.resolve()) or path.name == "..":
        raise AssemblyError(f"an asset holds {name!r}, which lies outside of its folder")
    return path
