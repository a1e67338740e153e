"""Removes from the tree what the recipe's `prune.toml` names."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from streambda.layer.job import BuildJob


def prune(job: BuildJob) -> None:
    for removal in job.recipe.removals:
        _remove(job.stdlib, removal.stdlib)
        _remove(job.tree, removal.root)


def prune_bytecode(job: BuildJob) -> None:
    for removal in job.recipe.removals:
        _remove(job.stdlib, (pattern for pattern in removal.stdlib if pattern.endswith(".pyc")))


def _remove(folder: Path, patterns: Iterable[str]) -> None:
    for pattern in patterns:
        for path in list(folder.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
