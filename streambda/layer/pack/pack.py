"""Turns an unpacked CPython into the layer's tree: prune, bundle, compile."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from streambda.layer.errors import LayerError
from streambda.layer.job import Job, Unpacked
from streambda.layer.pack.bytecode import compile_stdlib
from streambda.layer.pack.libraries import settle_libraries
from streambda.layer.pack.sbom import LICENCE


def assemble(job: Job, unpacked: Unpacked) -> None:
    stdlib = job.tree / f"lib/python{unpacked.python}"
    if not (stdlib / "os.py").is_file():
        raise LayerError(f"the source has no lib/python{unpacked.python}/os.py")
    prune(job, stdlib)
    # CPython warns at every start where this folder is missing, even if it would be empty.
    (stdlib / "lib-dynload").mkdir(exist_ok=True)
    settle_libraries(job.tree, unpacked.libraries)
    licence = stdlib / "LICENSE.txt"
    if licence.is_file():
        shutil.copyfile(licence, job.tree / LICENCE)
    compile_stdlib(job, unpacked.python)
    prune_bytecode(job, stdlib)


def prune(job: Job, stdlib: Path) -> None:
    for removal in job.recipe.removals:
        _remove(stdlib, removal.stdlib)
        _remove(job.tree, removal.root)


def prune_bytecode(job: Job, stdlib: Path) -> None:
    for removal in job.recipe.removals:
        _remove(stdlib, (pattern for pattern in removal.stdlib if pattern.endswith(".pyc")))


def _remove(folder: Path, patterns: Iterable[str]) -> None:
    for pattern in patterns:
        for path in list(folder.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
