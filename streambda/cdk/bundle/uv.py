"""Runs uv, which installs packages for a platform and a Python other than this machine's."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from streambda.cdk.bundle.requirements import Requirements
from streambda.cdk.runtime.package_target import PackageTarget
from streambda.layer import Architecture

# provided.al2023 has glibc 2.34: wheels for it and for every older glibc run there.
_PLATFORMS = {
    Architecture.ARM64: "aarch64-manylinux_2_34",
    Architecture.X86_64: "x86_64-manylinux_2_34",
}

# Variables that contradict the command below; all others are the user's to set.
_NOT_PASSED_ON = ("UV_COMPILE_BYTECODE", "UV_SYSTEM_PYTHON", "UV_WORKING_DIR")

_NO_WHEEL = re.compile(
    r"Wheels are (?:required|available) for `([^`]+)`"
    r"|\bBecause ([\w.-]+)\S* has no (?:usable )?wheels"
    r"|found wheels for `([^`]+)`"
    r"|attempted to build `([^`]+)`"
)
# Says only that the cause follows.
_NO_SOLUTION = "No solution found when resolving dependencies"


@dataclass(frozen=True, slots=True)
class Uv:
    path: str
    version: str


def find_uv() -> Uv | None:
    """The uv of this Python's environment, else the first one on PATH that runs."""
    here = [str(Path(sys.executable).parent), sysconfig.get_path("scripts")]
    for folders in (*here, os.environ.get("PATH", "")):
        path = shutil.which("uv", path=folders)
        version = _read_version(path) if path else None
        if path and version:
            return Uv(path, version)
    return None


def _read_version(path: str) -> str | None:
    # "uv 0.13.8 (x86_64-unknown-linux-gnu)"
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    match = re.match(r"uv ([\w.+-]+)", done.stdout)
    return match[1] if match else None


def install(uv: Uv, requirements: Requirements, target: PackageTarget, folder: Path) -> None:
    """Install into `folder`, from wheels only: what is built on this machine would not run there.

    uv's own variables and configuration files say which index is asked.

    Raises:
        ValueError: a package cannot be found, or has no wheel for `target`.
    """
    command = [uv.path, "pip", "install", "--quiet", "--color", "never", "--no-progress"]
    # Paths within a requirements file start at the working directory, for pip and uv alike.
    command += ["-r", requirements.file.name, "--target", str(folder), "--only-binary", ":all:"]
    command += ["--link-mode", "copy", "--no-compile-bytecode"]
    command += ["--python", sys.executable, "--no-python-downloads"]
    if target.architecture is not None:
        command += ["--python-platform", _PLATFORMS[target.architecture]]
        command += ["--python-version", target.python]
    done = subprocess.run(
        command,
        cwd=requirements.file.parent,
        env=_make_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ValueError(_format_failure(done.stderr, requirements.file, target))


def _make_environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in os.environ if name not in _NOT_PASSED_ON}
    return {**passed_on, "COLUMNS": "10000"}  # uv breaks lines to the terminal's width


def _format_failure(stderr: str, file: Path, target: PackageTarget) -> str:
    reason = _find_reason(stderr)
    missing = _NO_WHEEL.search(stderr)
    if missing is None:
        return f"cannot install {file} for {target}: {reason}"
    package = next(name for name in missing.groups() if name)
    return f"no wheel of {package} for {target}, asked for by {file}: {reason}"


def _find_reason(stderr: str) -> str:
    """The paragraph of the error and its causes, which names the package; else the last line."""
    # "error: …" and below it "  cause: …"; before uv 0.13 "  ╰─▶ …".
    found = re.search(r"^\s*(?:error: |╰─▶ )(.+?)(?:\n\s*\n|\Z)", stderr, re.DOTALL | re.MULTILINE)
    if found is None:
        lines = stderr.split("\n") if stderr.strip() else ["uv gave no reason"]
        return next(line.strip() for line in reversed(lines) if line.strip())
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*cause: ", found[1])]
    return ": ".join(part for part in parts if part != _NO_SOLUTION)
