"""Folders of code, and whether two of them hold the same."""

import filecmp
from pathlib import Path


def same_code(one: Path, other: Path) -> bool:
    files, others = tree(one), tree(other)
    return files.keys() == others.keys() and all(
        filecmp.cmp(files[name], others[name], shallow=False) for name in files
    )


def tree(folder: Path) -> dict[str, Path]:
    """Files by name; bytecode, which follows from them, left out."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
