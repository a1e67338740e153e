"""Chooses the Python that all Python subjects run on: a binary, never a shell script."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

OLDEST = (3, 11)
SYSTEM_PYTHON = Path("/usr/bin/python3")
_PRINT_VERSION = "import sys; print(*sys.version_info[:3])"


class NoInterpreter(Exception):
    """The given path is not a Python that the runtime can run on."""


@dataclass(frozen=True)
class Interpreter:
    """A CPython binary."""

    path: Path
    version: tuple[int, int, int]

    @property
    def minor(self) -> str:
        return f"{self.version[0]}.{self.version[1]}"

    @property
    def release(self) -> str:
        return ".".join(map(str, self.version))

    def __str__(self) -> str:
        return f"CPython {self.release} at {self.path}"


def choose_interpreter(path: Path | None = None) -> Interpreter:
    """The Python at `path`, or else the system's, or else the one that runs this.

    The system's comes first because it is optimised; one that a version manager compiled often is
    not.
    """
    if path is not None:
        return _examine(path)
    try:
        return _examine(SYSTEM_PYTHON.resolve())
    except NoInterpreter:
        return _examine(Path(sys.executable).resolve())


def _examine(path: Path) -> Interpreter:
    try:
        with path.open("rb") as file:
            shim = file.read(4) != b"\x7fELF"
        done = subprocess.run(
            [path, "-I", "-S", "-c", _PRINT_VERSION],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoInterpreter(f"{path} does not run: {error}") from error
    if shim:
        raise NoInterpreter(f"{path} is a script, and its start would be measured: give the binary")
    major, minor, micro = (int(number) for number in done.stdout.split())
    if (major, minor) < OLDEST:
        raise NoInterpreter(f"{path} is Python {major}.{minor}, but the runtime needs 3.11")
    return Interpreter(path, (major, minor, micro))
