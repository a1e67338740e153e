"""Copies folders without links, as a zip with links is not unpacked alike everywhere; and files."""

from __future__ import annotations

import shutil
from pathlib import Path


def copy_plain(source: Path, target: Path) -> None:
    """Links become files; a link that leads nowhere is left out.

    copytree's own ignore_dangling_symlinks looks for the link's text in the current folder, and
    so leaves out every relative link.
    """
    shutil.copytree(source, target, ignore=_dangling)


def copy_whole(source: Path, target: Path) -> None:
    """The target appears at once and whole, or not at all."""
    partial = target.with_name(f"{target.name}.part")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _dangling(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not Path(folder, name).exists()}
