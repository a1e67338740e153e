"""Which Python all Python subjects run on: one binary, never a shell shim."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

OLDEST = (3, 11)
DISTRIBUTIONS = Path("/usr/bin/python3")
_ASK = "import sys; print(*sys.version_info[:3])"


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


def chosen(path: Path | None = None) -> Interpreter:
    """The Python at `path`, else the distribution's, else the one that runs this.

    Distributions build theirs optimised; what a version manager compiled often is not.
    """
    if path is not None:
        return _asked(path)
    try:
        return _asked(DISTRIBUTIONS.resolve())
    except NoInterpreter:
        return _asked(Path(sys.executable).resolve())


def _asked(path: Path) -> Interpreter:
    try:
        with path.open("rb") as file:
            shim = file.read(4) != b"\x7fELF"
        done = subprocess.run(
            [path, "-I", "-S", "-c", _ASK], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoInterpreter(f"{path} does not run: {error}") from error
    if shim:
        raise NoInterpreter(f"{path} is a script: its start would be measured, give the binary")
    major, minor, micro = (int(number) for number in done.stdout.split())
    if (major, minor) < OLDEST:
        raise NoInterpreter(f"{path} is Python {major}.{minor}, the runtime needs 3.11")
    return Interpreter(path, (major, minor, micro))
