"""Which sources lie, byte for byte, in the code of functions; and code with other ones in it.

A handler's file is bundled as it is, beside a runtime and packages. What has been seen to be a copy
once need not be bundled anew to see a change: a copy of the bundle is enough until the app has been
synthesised again, which decides.
"""

import filecmp
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from streambda.local.assembly.code_folders import tree
from streambda.local.watch.sources import Sources

# These are not only copied: they say what else a bundle holds.
NOT_ALONE = frozenset({"pyproject.toml", "requirements.txt"})


class Copies:
    """What has been seen to be a copy of what: in each folder of code, and by name of the source.

    Args: `before` is what is known of folders already; code does not change, though sources do.
    """

    def __init__(
        self, sources: Sources, folders: Iterable[Path], before: "Copies | None" = None
    ) -> None:
        known = before.places if before else {}
        files = {sources.name(path): path for path in sources.files()}
        self.places: dict[Path, dict[str, str]] = {
            folder: known[folder] if folder in known else _learned(folder, files)
            for folder in folders
        }

    def made(self, folder: Path, into: Path) -> None:
        """`into` is `folder`, but for sources: they lie where they lay."""
        self.places[into] = self.places[folder]

    def of(self, names: Iterable[str]) -> dict[Path, list[tuple[str, str]]]:
        """By folder of code: (name of the source, name in it). Nothing if any is in none."""
        found: dict[Path, list[tuple[str, str]]] = {}
        for name in names:
            at = {folder: own[name] for folder, own in self.places.items() if name in own}
            if not at or Path(name).name in NOT_ALONE:
                return {}
            for folder, place in at.items():
                found.setdefault(folder, []).append((name, place))
        return found


def _learned(folder: Path, files: Mapping[str, Path]) -> dict[str, str]:
    inside = tree(folder)
    sources: dict[str, list[str]] = {}
    for name, path in files.items():
        for end in _ends(name):
            if end in inside and filecmp.cmp(path, inside[end], shallow=False):
                sources.setdefault(end, []).append(name)
    # Of two sources that are the same, nobody can tell which has been copied.
    return {names[0]: end for end, names in sources.items() if len(names) == 1}


def with_changes(folder: Path, changes: Iterable[tuple[Path, str]], into: Path) -> Path:
    """A copy of `folder` at `into`, with other files in it: (file, name in the folder)."""
    shutil.copytree(folder, into, symlinks=True, copy_function=link)
    for source, name in changes:
        target = into / name
        target.unlink()
        shutil.copy(source, target)
        # Bytecode of a bundle is never checked against its source.
        for compiled in (target.parent / "__pycache__").glob(f"{target.stem}.*.pyc"):
            compiled.unlink()
    return into


def link(source: str, target: str) -> None:
    """Most of a bundle is packages: one copy of them is enough."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _ends(name: str) -> Iterator[str]:
    """ "src/a/b.py", "a/b.py", "b.py"."""
    parts = name.split("/")
    for index in range(len(parts)):
        yield "/".join(parts[index:])
