"""What a function finds on disk: /var/task from its code, /opt from its layers.

A folder asset is used where it lies. Zips are unpacked once per content into a private folder that
lives as long as the local cloud does. A module that the template itself holds is written there too.

For managed Pythons there are also the packages that Lambda's images bring along, as far as they are
installed beside streambda, whatever their versions. A function may count on them, and this
machine's Python rarely has any. They are pure Python, so other interpreters can import them too.
"""

import hashlib
import importlib.util
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from zipfile import BadZipFile, ZipFile, ZipInfo

from streambda.local.model.errors import AssemblyError
from streambda.local.model.functions import LocalFunction

# The packages of Lambda's images: the SDK and what it imports, and SnapStart's hooks.
IMAGE_PACKAGES = (
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "six",
    "snapshot_restore_py",
    "urllib3",
)


@dataclass(frozen=True, slots=True)
class Sandbox:
    task_root: Path  # in place of /var/task
    opt: Path | None  # in place of /opt; None when there are no layers
    image: Path | None = None  # packages of a managed runtime's image


class SandboxFiles:
    """Folders for the functions of one local cloud, below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        # Environments start side by side, each from a thread of its own.
        self._lock = Lock()

    def lay_out(self, function: LocalFunction) -> Sandbox:
        """Raises `AssemblyError` when the assembly does not hold what the function needs."""
        with self._lock:
            opt = self._merge("opt", function.layers) if function.layers else None
            image = self._link_image_packages() if function.runtime.startswith("python") else None
            return Sandbox(self._task_root(function), opt, image)

    def _task_root(self, function: LocalFunction) -> Path:
        if function.code is not None:
            if function.code.is_dir():
                return function.code.resolve()
            return self._merge("task", (function.code,))
        if function.inline is not None:
            return self._write_inline(function.inline)
        raise AssemblyError(
            f"{function.name}: its code is not in the assembly, "
            "expected a file or folder asset, or a module in the template"
        )

    def _link_image_packages(self) -> Path:
        folder = self._root / "image"
        if not folder.exists():
            link_packages(folder)
        return folder

    def _write_inline(self, source: str) -> Path:
        folder = self._root / f"inline-{hashlib.sha256(source.encode()).hexdigest()[:16]}"
        # The name that CloudFormation gives it; with code of this kind only Python runs here.
        module = folder / "index.py"
        if not module.exists():  # else another environment may be reading it
            folder.mkdir(parents=True, exist_ok=True)
            module.write_text(source, "utf-8")
        return folder

    def _merge(self, kind: str, sources: tuple[Path, ...]) -> Path:
        folder = self._root / f"{kind}-{content_key(sources)}"
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            for source in sources:
                unpack(source, unfinished)
            unfinished.rename(folder)
        return folder


def link_packages(folder: Path, names: Iterable[str] = IMAGE_PACKAGES) -> None:
    """Fills `folder`, for a function's search path, with links to those that are installed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            origin = Path(found.origin)
            source = origin.parent if found.submodule_search_locations else origin
            (folder / source.name).symlink_to(source)


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
