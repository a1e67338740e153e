"""Builds what the measurement needs: two C programs, and the subjects with their bytecode."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.runtime.interpreter import Interpreter
from benchmarks.runtime.paths import BUILT, NATIVE, SUBJECTS

CFLAGS = ("-O2", "-Wall", "-Wextra", "-Werror")
PROGRAMS = ("stopwatch", "floor_c")


class NoCompiler(Exception):
    """There is no C compiler on this machine."""


class BuildFailed(Exception):
    """A tool failed. The message is the most telling line of its output."""


def compile_programs() -> dict[str, Path]:
    """Compiles the C programs that are older than their sources. Returns name -> program."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise NoCompiler("no C compiler (cc): the stopwatch cannot be built")
    BUILT.mkdir(parents=True, exist_ok=True)
    return {name: _compile_program(compiler, name) for name in PROGRAMS}


def _compile_program(compiler: str, name: str) -> Path:
    source, program = NATIVE / f"{name}.c", BUILT / name
    newest = max(file.stat().st_mtime for file in [source, *NATIVE.glob("*.h")])
    if not program.exists() or program.stat().st_mtime < newest:
        # Another process may build it too, or run it.
        new = program.with_name(f"{name}-{os.getpid()}")
        run_tool([compiler, *CFLAGS, "-o", str(new), str(source)])
        new.replace(program)
    return program


def make_task_root(name: str, interpreter: Interpreter, handler: str, *trees: Path) -> Path:
    """Makes a zip root as Lambda unpacks it: `trees`, the handler, and bytecode for all of it.

    The bytecode is unchecked: the interpreter does not look at the sources. A function's asset
    should have it, and every Python subject gets the same.
    """
    root = BUILT / "subjects" / name
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for tree in trees:
        if tree.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(tree, root, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy(tree, root)
    if handler:
        shutil.copy(SUBJECTS / f"{handler}.py", root)
    compile_bytecode(interpreter, root)
    return root


def compile_bytecode(interpreter: Interpreter, *folders: Path) -> None:
    """Compiles all modules below the folders to unchecked-hash bytecode."""
    mode = ("--invalidation-mode", "unchecked-hash", "-f", "-q")
    run_tool([str(interpreter.path), "-I", "-m", "compileall", *mode, *map(str, folders)])


def run_tool(
    command: Sequence[str], cwd: Path | None = None, environ: dict[str, str] | None = None
) -> None:
    """Runs a tool to its end. Raises BuildFailed with the most telling line of its output."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | (environ or {}), capture_output=True, text=True
    )
    if done.returncode != 0:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        telling = [line for line in lines if "error:" in line.lower()] or lines[-1:]
        raise BuildFailed(f"{Path(command[0]).name}: {telling[0] if telling else done.returncode}")
