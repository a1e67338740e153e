"""Compiles the standard library, and functions, to unchecked-hash .pyc files (PEP 552).

Unchecked, because a zip does not keep time stamps well and Lambda's folders are read-only: CPython
takes the .pyc without looking at the .py. The .py stay for tracebacks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from streambda.layer.errors import LayerError
from streambda.layer.job import BuildJob

_PRINT_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def compile_stdlib(job: BuildJob) -> None:
    """Uses an interpreter of the target's version: bytecode differs from one to the next."""
    # The layer's own is exactly right; one of this machine serves for the other architecture.
    compiler = _find_compiler(job.python, str(job.interpreter))
    if compiler is None:
        job.report(
            f"no Python {job.python} runs here: the layer has no .pyc files and starts slower"
        )
        return
    job.report(f"compiling the standard library with Python {job.python}")
    done = _compile(compiler, job.tree / "lib", root=job.root, place="/opt")
    if done.returncode != 0:
        raise LayerError(f"compileall failed: {(done.stdout + done.stderr).strip()[-300:]!r}")


def compile_function(root: Path, python: str) -> bool:
    """Compiles a function's zip root; False where no Python of that version is on the machine.

    A file that cannot be compiled stays as source: Lambda reports the syntax error, with its line.
    """
    compiler = _find_compiler(python)
    if compiler is not None:
        _compile(compiler, root, root=root, place="/var/task")
    return compiler is not None


def _compile(
    compiler: str, folder: Path, *, root: Path, place: str
) -> subprocess.CompletedProcess[str]:
    command = [compiler, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    # File names in tracebacks are those of Lambda.
    return _run([*command, "-s", str(root), "-p", place, str(folder)])


def _find_compiler(python: str, *first: str) -> str | None:
    candidates = (*first, sys.executable, f"python{python}")  # the last: found on PATH, or not
    return next((path for path in candidates if _version(path) == python), None)


def _version(interpreter: str) -> str | None:
    try:
        return _run([interpreter, "-c", _PRINT_VERSION]).stdout.strip()
    except OSError:  # it is for another architecture
        return None


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {
        # Python does not start on Windows without the second.
        **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
        # The order of a set in the source must not change the bytes.
        "PYTHONHASHSEED": "0",
        # The layer's own interpreter would leave time-stamped files, which compileall then keeps.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
