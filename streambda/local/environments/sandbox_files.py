"""Lays out what a function finds on disk: /var/task from its code, /opt from its layers.

A folder asset is used where it lies. Zips are unpacked once per content into a private folder
that lives as long as the local cloud does, and so is what the template itself holds.
"""

import hashlib
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from zipfile import BadZipFile, ZipFile, ZipInfo

from streambda.local.environments.image_packages import link_packages
from streambda.local.model.errors import AssemblyError
from streambda.local.model.functions import LocalFunction


@dataclass(frozen=True, slots=True)
class Sandbox:
    task_root: Path
    opt: Path | None  # the look-alike of /opt, None when there are no layers
    image: Path | None = None  # packages of a managed runtime's image


class SandboxFiles:
    """Folders for the functions of one local cloud, below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        # Environments start side by side, each from a thread of its own.
        self._lock = Lock()

    def sandbox(self, function: LocalFunction) -> Sandbox:
        with self._lock:
            opt = self._merged("opt", function.layers) if function.layers else None
            image = self._image() if function.runtime.startswith("python") else None
            return Sandbox(self._task_root(function), opt, image)

    def _task_root(self, function: LocalFunction) -> Path:
        if function.code is not None:
            if function.code.is_dir():
                return function.code.resolve()
            return self._merged("task", (function.code,))
        if function.inline is not None:
            return self._written(function.inline)
        raise AssemblyError(
            f"{function.name}: its code is not in the assembly, "
            "expected a file or folder asset, or a module in the template"
        )

    def _image(self) -> Path:
        folder = self._root / "image"
        if not folder.exists():
            link_packages(folder)
        return folder

    def _written(self, source: str) -> Path:
        folder = self._root / f"inline-{hashlib.sha256(source.encode()).hexdigest()[:16]}"
        # The name that CloudFormation gives it; with code of this kind only Python runs here.
        module = folder / "index.py"
        if not module.exists():  # else another environment may be reading it
            folder.mkdir(parents=True, exist_ok=True)
            module.write_text(source, "utf-8")
        return folder

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
