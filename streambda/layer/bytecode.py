"""Compiles the standard library to unchecked-hash .pyc files (PEP 552).

Unchecked, because a zip does not keep time stamps well and /opt is read-only: CPython takes the
.pyc without looking at the .py. The .py stay for tracebacks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .errors import LayerError
from .job import Job

_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def compile_stdlib(job: Job, python: str) -> None:
    """Uses an interpreter of the target's version: bytecode differs from one to the next."""
    candidates = _candidates(job.tree / "bin/python3", python)
    compiler = next((path for path in candidates if _version(path) == python), None)
    if compiler is None:
        job.report(f"no Python {python} runs here: the layer has no .pyc files and starts slower")
        return
    job.report(f"compiling the standard library with Python {python}")
    command = [compiler, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    # File names in tracebacks are those of Lambda.
    places = ["-s", str(job.root), "-p", "/opt", str(job.tree / "lib")]
    done = _run([*command, *places])
    if done.returncode != 0:
        raise LayerError(f"compileall failed: {(done.stdout + done.stderr).strip()[-300:]!r}")


def _candidates(own: Path, python: str) -> Iterator[str]:
    """The layer's own compiles exactly; the build machine's serve for a foreign architecture."""
    yield str(own)
    yield sys.executable
    yield f"python{python}"  # found on PATH, or not


def _version(interpreter: str) -> str | None:
    try:
        return _run([interpreter, "-c", _VERSION]).stdout.strip()
    except OSError:  # another architecture's
        return None


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ.get("PATH", ""),
        # The order of a set in the source must not change the bytes.
        "PYTHONHASHSEED": "0",
        # The layer's own interpreter would leave time-stamped files, which compileall then keeps.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
