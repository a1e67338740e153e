"""Which Python a function runs on: /opt and /var/lang cannot be written on a developer's machine.

On Lambda the bootstrap runs /opt/python-rt/bin/python3 out of the layer. Here STREAMBDA_PYTHON
names the same file in the unpacked layer, or this machine's own Python if that cannot run. In place
of a managed runtime's /var/lang/bin/python3.x it names a Python of that version on this machine.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from streambda.local.environments.version_managers import list_homebrew, list_managed

LAYER_PYTHON = Path("python-rt/bin/python3")
CHECK_S = 10.0

# Lambda's names for the values of `platform.machine()`.
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}

VERSION_MANAGERS = (
    ("PYENV_ROOT", ".pyenv", "versions/{version}.*/bin/python{version}"),
    (
        "UV_PYTHON_INSTALL_DIR",
        ".local/share/uv/python",
        "cpython-{version}.*/bin/python{version}",
    ),
    ("ASDF_DATA_DIR", ".asdf", "installs/python/{version}.*/bin/python{version}"),
    ("MISE_DATA_DIR", ".local/share/mise", "installs/python/{version}.*/bin/python{version}"),
    *list_homebrew("opt/python@{version}/bin/python{version}"),
)

# "3.13", or "3.13t" without the global lock: that one cannot load native code of packages.
ASK = "import sys; print('%d.%d' % sys.version_info[:2] + 't' * ('t' in sys.abiflags))"


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine, in Lambda's words."""

    system: str
    architecture: str

    @classmethod
    def this(cls) -> "Machine":
        name = platform.machine().lower()
        return cls(platform.system(), ARCHITECTURES.get(name, name))


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, and why it was chosen."""

    path: str
    reason: str  # why this one, for the log


def choose_for_layer(
    opt: Path | None, architecture: str, machine: Machine, distant: Sequence[str] = ()
) -> Interpreter:
    """`distant` are ARNs of layers that are not here, of which one may bring a Python."""
    if opt is None or not os.access(candidate := opt / LAYER_PYTHON, os.X_OK):
        if distant:
            return _this_python(f"the layer {distant[0]} is in AWS and not here")
        which = "the function has no layer that" if opt is None else "none of the function's layers"
        return _this_python(f"{which} brings a Python")
    if machine.system != "Linux":
        return _this_python(f"the layer's Python is for Linux, this machine runs {machine.system}")
    if architecture != machine.architecture:
        reason = f"the layer's Python is for {architecture}, this machine is {machine.architecture}"
        return _this_python(reason)
    return Interpreter(str(candidate), "from the function's layer")


def choose_for_managed_runtime(version: str) -> Interpreter:
    """`version` is that of the managed runtime, "3.13"."""
    this = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if version == this:
        return _this_python(f"of the same version as the managed runtime, {version}")
    for found in _list_candidates(version):
        if _version_of(found) == version:
            return Interpreter(found, f"in place of the managed runtime's Python {version}")
    return _this_python(f"no python{version} on PATH that runs, so Python {this} takes its place")


def _list_candidates(version: str) -> Iterator[str]:
    for folder in os.get_exec_path():
        if found := shutil.which(f"python{version}", path=folder):
            yield found
    for path in list_managed(VERSION_MANAGERS, version):
        yield str(path)


@cache
def _version_of(path: str) -> str | None:
    # It may be a script of a version manager, for a version that is not installed.
    command = [path, "-I", "-c", ASK]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=CHECK_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip()


def _this_python(reason: str) -> Interpreter:
    # The base interpreter, not a virtual environment's: a package that only the developer's
    # environment has is missing on Lambda too.
    base: str = getattr(sys, "_base_executable", "") or sys.executable
    return Interpreter(base, f"this machine's own: {reason}")
