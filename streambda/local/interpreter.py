"""Which Python a function's `bootstrap` is to run, since /opt is not ours to write on a desk.

On Lambda the bootstrap runs /opt/python-rt/bin/python3 out of the layer. Here STREAMBDA_PYTHON
names the same file in the unpacked layer, or this machine's own Python where that cannot run.
"""

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

LAYER_PYTHON = Path("python-rt/bin/python3")

# The names that Lambda has for what `platform.machine()` says.
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Machine:
    system: str
    architecture: str

    @classmethod
    def this(cls) -> "Machine":
        name = platform.machine().lower()
        return cls(platform.system(), ARCHITECTURES.get(name, name))


@dataclass(frozen=True, slots=True)
class Interpreter:
    path: str
    why: str


def choose(opt: Path | None, architecture: str, machine: Machine) -> Interpreter:
    candidate = opt / LAYER_PYTHON if opt else None
    if candidate is None or not os.access(candidate, os.X_OK):
        return _own("the layers hold no python-rt/bin/python3")
    if machine.system != "Linux":
        return _own(f"the layer's Python is for Linux, this machine runs {machine.system}")
    if architecture != machine.architecture:
        reason = f"the layer's Python is for {architecture}, this machine is {machine.architecture}"
        return _own(reason)
    return Interpreter(str(candidate), "from the function's layer")


def _own(reason: str) -> Interpreter:
    # The base interpreter, not a virtual environment's: a package that only the developer's
    # environment has is missing on Lambda too.
    base: str = getattr(sys, "_base_executable", "") or sys.executable
    return Interpreter(base, f"this machine's own: {reason}")
