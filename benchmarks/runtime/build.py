"""What must be built before anything can be measured: two C programs, the subjects' bytecode."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.runtime.folders import BUILT, NATIVE, SUBJECTS
from benchmarks.runtime.interpreter import Interpreter

CFLAGS = ("-O2", "-Wall", "-Wextra", "-Werror")
PROGRAMS = ("stopwatch", "floor_c")


class NoCompiler(Exception):
    """There is no C compiler on this machine."""


class BuildFailed(Exception):
    """A tool failed; the message is the line that tells most."""


def natives() -> dict[str, Path]:
    """Compiles what is older than its source; name -> program."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise NoCompiler("no C compiler (cc): the stopwatch cannot be built")
    BUILT.mkdir(parents=True, exist_ok=True)
    return {name: _compiled(compiler, name) for name in PROGRAMS}


def _compiled(compiler: str, name: str) -> Path:
    source, program = NATIVE / f"{name}.c", BUILT / name
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        run([compiler, *CFLAGS, "-o", str(program), str(source)])
    return program


def task_root(name: str, interpreter: Interpreter, handler: str, *trees: Path) -> Path:
    """A zip root as Lambda would unpack it: `trees`, the handler, and bytecode for all of it.

    Unchecked: the interpreter neither looks at the source nor compiles. It is what a function's
    asset should hold, and every Python subject gets the same.
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
    compiled(interpreter, root)
    return root


def compiled(interpreter: Interpreter, *folders: Path) -> None:
    """Gives all modules below the folders unchecked-hash bytecode."""
    mode = ("--invalidation-mode", "unchecked-hash", "-f", "-q")
    run([str(interpreter.path), "-I", "-m", "compileall", *mode, *map(str, folders)])


def run(
    command: Sequence[str], cwd: Path | None = None, environ: dict[str, str] | None = None
) -> None:
    """Runs a tool to its end. Raises BuildFailed with the line that tells most."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | (environ or {}), capture_output=True, text=True
    )
    if done.returncode != 0:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        telling = [line for line in lines if "error:" in line.lower()] or lines[-1:]
        raise BuildFailed(f"{Path(command[0]).name}: {telling[0] if telling else done.returncode}")
