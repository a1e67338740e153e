"""Which sources are part of functions' code as they are, and copies of code with edited sources.

A handler's file is bundled unchanged, beside a runtime and packages. Once it is known to be such a
copy, an edit needs no new bundle to be tried: a copy of the bundle with the edited file is enough.
The next synthesis decides whether that is right.
"""

import filecmp
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from streambda.local.model.functions import LocalFunction
from streambda.local.watch.sources import Sources

# These are not only copied: they also decide what else is in a bundle.
DECIDE_MORE = frozenset({"pylock.toml", "pyproject.toml", "requirements.txt", "uv.lock"})


class SourceCopies:
    """In each folder of code: which file in it is a copy of which source.

    Args: `before` is what is known of folders already; code does not change, though sources do.
    """

    def __init__(
        self, sources: Sources, folders: Iterable[Path], before: "SourceCopies | None" = None
    ) -> None:
        known = before._copies if before else {}
        files = {sources.name(path): path for path in sources.files()}
        # By folder: the name of each source, and the name of its copy in the folder.
        self._copies: dict[Path, dict[str, str]] = {
            folder: known[folder] if folder in known else _find_copies(folder, files)
            for folder in folders
        }

    def add_edited(self, folder: Path, edited: Path) -> None:
        """`edited` is a copy of `folder` with other sources, in the same places."""
        self._copies[edited] = self._copies[folder]

    def find(self, names: Iterable[str]) -> dict[Path, list[tuple[str, str]]]:
        """By folder of code: (name of a source, name of its copy).

        Empty if some of `names` has no copy at all: then only a synthesis can tell what to do.
        """
        found: dict[Path, list[tuple[str, str]]] = {}
        for name in names:
            places = {
                folder: copies[name] for folder, copies in self._copies.items() if name in copies
            }
            if not places or Path(name).name in DECIDE_MORE:
                return {}
            for folder, place in places.items():
                found.setdefault(folder, []).append((name, place))
        return found


def _find_copies(folder: Path, sources: Mapping[str, Path]) -> dict[str, str]:
    files = list_code_files(folder)
    copied: dict[str, list[str]] = {}
    for name, path in sources.items():
        for end in _path_ends(name):
            if end in files and filecmp.cmp(path, files[end], shallow=False):
                copied.setdefault(end, []).append(name)
    # Of two sources that are the same, nobody can tell which has been copied.
    return {names[0]: end for end, names in copied.items() if len(names) == 1}


def _path_ends(name: str) -> Iterator[str]:
    """ "src/a/b.py", "a/b.py", "b.py"."""
    parts = name.split("/")
    for index in range(len(parts)):
        yield "/".join(parts[index:])


def copy_with_edits(folder: Path, edits: Iterable[tuple[Path, str]], target: Path) -> Path:
    """A copy of `folder` at `target`, with other files in it: (file, name in the folder)."""
    shutil.copytree(folder, target, symlinks=True, copy_function=link_or_copy)
    for source, name in edits:
        edited = target / name
        edited.unlink()
        shutil.copy(source, edited)
        # Bytecode of a bundle is never checked against its source.
        for compiled in (edited.parent / "__pycache__").glob(f"{edited.stem}.*.pyc"):
            compiled.unlink()
    return target


def link_or_copy(source: str, target: str) -> None:
    """Most of a bundle is packages: one copy of them is enough."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def keep_edited_code(
    functions: Iterable[LocalFunction],
    running: Iterable[LocalFunction],
    edited: Collection[Path],
) -> list[LocalFunction]:
    """`functions`, but whose code equals the edited copy that runs already keep running that.

    Args: `edited` are the folders that `copy_with_edits` has made.
    """
    edited_code = {one.name: one.code for one in running if one.code in edited}

    def keep(function: LocalFunction) -> LocalFunction:
        code = edited_code.get(function.name)
        same = code and function.code and have_same_code(code, function.code)
        return replace(function, code=code) if same else function

    return [keep(function) for function in functions]


def have_same_code(one: Path, other: Path) -> bool:
    files, others = list_code_files(one), list_code_files(other)
    return files.keys() == others.keys() and all(
        filecmp.cmp(files[name], others[name], shallow=False) for name in files
    )


def list_code_files(folder: Path) -> dict[str, Path]:
    """Files by name, without bytecode: that is made from them."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
