"""Copies folders without links: a zip with links is not unpacked alike everywhere."""

from __future__ import annotations

import shutil
from pathlib import Path


def copy_plain(source: Path, target: Path) -> None:
    """Links become files; a link that leads nowhere is left out.

    copytree's own ignore_dangling_symlinks looks for the link's text in the current folder, and
    so leaves out every relative link.
    """
    shutil.copytree(source, target, ignore=_dangling)


def _dangling(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not Path(folder, name).exists()}
