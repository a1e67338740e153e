"""Which file is meant: a template, or a folder in which a tool leaves one."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from streambda.local.assembly.manifest import Stack
from streambda.local.model.constants import UNZIPPED_BYTES
from streambda.local.model.errors import AssemblyError
from streambda.local.templates.other_tools import (
    BUILT_BY_SAM,
    PACKAGES_OF,
    check_input,
    find_output,
)
from streambda.local.watch.source_copies import link_or_copy

MANIFEST = "manifest.json"
# Of `serverless package`.
PACKAGED = "cloudformation-template-update-stack.json"
# Of SAM and `sam build`, and of the Serverless Framework, from its folder and from the app's.
NAMES = ("template.yaml", "template.yml", "template.json", PACKAGED, f"{PACKAGES_OF}/{PACKAGED}")
SUFFIXES = frozenset({".json", ".template", ".yaml", ".yml"})
# Of a folder that is the whole project.
NO_CODE = frozenset(
    {BUILT_BY_SAM, ".git", ".mypy_cache", ".pytest_cache", "__pycache__", "cdk.out"}
)
PACKAGES = frozenset({"node_modules", "site-packages"})
# More than Lambda takes unzipped is refused before it starts: it is not worth a copy. A path such
# as "/" would else fill the disk.
MOST_COPIED_BYTES = UNZIPPED_BYTES
MOST_COPIED_FILES = 50_000  # "/" begins with many that have no size, in /proc
# Says which template a folder of `TemplateApp` stands for.
POINTER = "streambda-template.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFile:
    """Args: `copies` is where its code is copied to, so that edits come only with a reload."""

    path: Path
    copies: Path | None = None

    def write_pointer(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        document = {"path": str(self.path), "copies": str(self.copies)}
        (folder / POINTER).write_text(json.dumps(document), "utf-8")


def find_template(path: Path) -> TemplateFile | None:
    """None for the assembly of a CDK app, and what may become one.

    Raises `AssemblyError`, also where another tool has to run first.
    """
    try:
        return _find_template(path)
    except OSError as error:
        raise AssemblyError(f"cannot read {path}: {error.strerror}") from error


def _find_template(path: Path) -> TemplateFile | None:
    pointer = path / POINTER
    if pointer.is_file():
        document = json.loads(pointer.read_text("utf-8"))
        return TemplateFile(path=Path(document["path"]), copies=Path(document["copies"]))
    if path.name == MANIFEST and path.is_file() and b'"artifacts"' in path.read_bytes():
        raise AssemblyError(f"{path} is part of a CDK assembly: pass its folder")
    path = find_output(path)
    if path.suffix in SUFFIXES and not path.exists():
        check_input(path)
        raise AssemblyError(f"there is no file {path}, {_propose_template(path.absolute().parent)}")
    if path.is_file():
        check_input(path)
        return TemplateFile(path=path)
    if (path / MANIFEST).is_file():
        return None
    found = (path / name for name in NAMES if (path / name).is_file())
    template = next((TemplateFile(path=one) for one in found), None)
    if template is None:
        check_input(path)
    return template


def _propose_template(folder: Path) -> str:
    if there := [name for name in NAMES if (folder / name).is_file()]:
        return f"expected {there[0]}, which is in the same folder"
    return "expected the path of a template: go to your app's folder, or pass its path"


def copy_code(stack: Stack, copies: Path) -> Stack:
    """`stack` with copies of its folders, which have another name when a file has changed."""
    assets = {key: _copy(path, copies) for key, path in stack.assets.items()}
    nested = {name: copy_code(inner, copies) for name, inner in stack.nested.items()}
    return replace(stack, assets=assets, nested=nested)


def _copy(path: Path, copies: Path) -> Path:
    """`path` itself if it is too large. Raises `AssemblyError`."""
    if not is_worth_a_copy(path):
        return path
    copy = copies / _fingerprint(path) / path.name
    if copy.exists():
        return copy
    unfinished = copies / "unfinished"
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        if path.is_dir():
            shutil.copytree(
                path,
                unfinished / path.name,
                symlinks=True,
                ignore=ignore_no_code,
                copy_function=copy_file,
            )
        else:
            shutil.copy2(path, unfinished / path.name)
    except OSError as error:
        raise AssemblyError(f"cannot copy the code in {path}: {error}") from error
    unfinished.rename(copy.parent)
    return copy


def copy_file(source: str, target: str) -> None:
    """Packages are not edited, and there are thousands of files of them: a link is enough."""
    if not os.path.isfile(source):  # noqa: PTH113 (a pipe or a socket: not code)
        return
    if PACKAGES & set(Path(source).parts):
        link_or_copy(source, target)
    else:
        shutil.copy2(source, target)


def ignore_no_code(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name in NO_CODE]


def _fingerprint(path: Path) -> str:
    """Other if a file in it is new, gone or written since."""
    digest = hashlib.sha256(os.fsencode(path))
    for file in sorted(_list_files(path)):
        with suppress(OSError):  # it is gone already
            found = file.lstat()
            state = f"{file}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_mode}"
            digest.update(os.fsencode(state))
    return digest.hexdigest()[:16]


def is_worth_a_copy(path: Path) -> bool:
    """Whether a function could have it as its code; looks no further once it is too large."""
    left = MOST_COPIED_BYTES
    for number, file in enumerate(_list_files(path)):
        with suppress(OSError):
            left -= file.lstat().st_size
        if left < 0 or number >= MOST_COPIED_FILES:
            return False
    return True


def _list_files(path: Path) -> Iterable[Path]:
    return _walk(path) if path.is_dir() else (path,)


def _walk(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NO_CODE]
        yield from (Path(at, name) for name in names)
