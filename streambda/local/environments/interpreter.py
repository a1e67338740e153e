"""Which Python a function is to run on, since /opt and /var/lang are not ours to write on a desk.

On Lambda the bootstrap runs /opt/python-rt/bin/python3 out of the layer. Here STREAMBDA_PYTHON
names the same file in the unpacked layer, or this machine's own Python where that cannot run. In
place of a managed runtime's /var/lang/bin/python3.x it is one of that version on this machine.
"""

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LAYER_PYTHON = Path("python-rt/bin/python3")
CHECK_S = 10.0

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


def managed(version: str) -> Interpreter:
    """For the managed runtime of Python `version`, "3.13"."""
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if version == own:
        return _own(f"of the same version as the managed runtime, {version}")
    for folder in os.get_exec_path():
        found = shutil.which(f"python{version}", path=folder)
        if found is not None and _version_of(found) == version:
            return Interpreter(found, f"in place of the managed runtime's Python {version}")
    return _own(f"no python{version} on PATH that runs, so Python {own} takes its place")


@cache
def _version_of(path: str) -> str | None:
    # What has the name may be a version manager's script, for a version that is not installed.
    command = [path, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=CHECK_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip()


def _own(reason: str) -> Interpreter:
    # The base interpreter, not a virtual environment's: a package that only the developer's
    # environment has is missing on Lambda too.
    base: str = getattr(sys, "_base_executable", "") or sys.executable
    return Interpreter(base, f"this machine's own: {reason}")
