from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from streambda.layer.architecture import Architecture
from streambda.layer.errors import LayerError
from streambda.layer.job import BuildJob
from streambda.layer.pack.bytecode import compile_stdlib
from streambda.layer.recipe import read_recipe, recipe_folder
from streambda.layer.report import Report

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
UNCHECKED_HASH = b"\x01\x00\x00\x00"


def _job(folder: Path, lines: list[str], source: str = "x = 1\n", python: str = HERE) -> BuildJob:
    job = BuildJob(
        architecture=Architecture.X86_64,
        python=python,
        recipe=read_recipe(recipe_folder()),
        work=folder,
        report=Report(lines.append),
    )
    (job.tree / "bin").mkdir(parents=True)
    (job.tree / "lib").mkdir()
    (job.tree / "lib/module.py").write_text(source)
    return job


def test_bytecode_is_used_without_a_look_at_the_source(tmp_path: Path) -> None:
    lines: list[str] = []
    job = _job(tmp_path, lines)

    compile_stdlib(job)

    (compiled,) = (job.tree / "lib/__pycache__").iterdir()
    content = compiled.read_bytes()
    assert content[4:8] == UNCHECKED_HASH
    assert b"/opt/python-rt/lib/module.py" in content
    assert str(tmp_path).encode() not in content


def test_the_layers_own_interpreter_is_preferred(tmp_path: Path) -> None:
    job = _job(tmp_path, [])
    own = job.tree / "bin/python3"
    own.write_text(f'#!/bin/sh\ntouch "{tmp_path}/used"\nexec "{sys.executable}" "$@"\n')
    own.chmod(0o755)

    compile_stdlib(job)

    assert (tmp_path / "used").exists()


def test_without_an_interpreter_of_that_version_the_layer_says_so(tmp_path: Path) -> None:
    lines: list[str] = []
    job = _job(tmp_path, lines, python="3.99")
    shutil.copyfile(recipe_folder() / "README.md", job.tree / "bin/python3")

    compile_stdlib(job)

    assert lines == ["no Python 3.99 runs here: the layer has no .pyc files and starts slower"]
    assert not (job.tree / "lib/__pycache__").exists()


def test_source_that_does_not_compile_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="compileall failed"):
        compile_stdlib(_job(tmp_path, [], source="def\n"))
