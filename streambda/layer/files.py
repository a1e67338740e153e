"""Copies folders and files, and hashes files."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path


def copy_without_links(source: Path, target: Path) -> None:
    """Copies a folder. Links become files; a link that leads nowhere is left out.

    Not every program unpacks a zip with links in the same way. copytree's own
    ignore_dangling_symlinks looks for the link's text in the current folder, and so leaves out
    every relative link.
    """
    shutil.copytree(source, target, ignore=_dangling_links)


def copy_atomically(source: Path, target: Path) -> None:
    """Copies a file: the target appears complete, or not at all."""
    partial = target.with_name(f"{target.name}.part")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _dangling_links(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not Path(folder, name).exists()}
