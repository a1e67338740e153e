"""Runs uv, which installs packages for a platform and a Python other than this machine's."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from streambda.bundle.package_target import PackageTarget
from streambda.bundle.project_file import PYPROJECT
from streambda.bundle.requirements import PYLOCK, Requirements
from streambda.layer import Architecture

# provided.al2023 has glibc 2.34: wheels for it and for every older glibc run there.
_PLATFORMS = {
    Architecture.ARM64: "aarch64-manylinux_2_34",
    Architecture.X86_64: "x86_64-manylinux_2_34",
}

# Variables that contradict the command below; all others are the user's to set.
_NOT_PASSED_ON = (
    "UV_COMPILE_BYTECODE", "UV_FROZEN", "UV_LOCKED", "UV_NO_EDITABLE", "UV_PROJECT",
    "UV_SYSTEM_PYTHON", "UV_WORKING_DIR",
)  # fmt: skip

# In a pylock.toml; such a path starts at the folder of the file.
_PATH = re.compile(r"\bpath\s*=")
# setuptools reads this file as well. By default it builds in the folder of the project, where what
# an earlier build left, such as a module that is gone since, gets into the wheel.
_SETUPTOOLS_CONFIG = "DIST_EXTRA_CONFIG"
_BUILD_FOLDER = ".streambda-build-"

_REQUIRES_PYTHON = re.compile(r"^requires-python\s*=.*\n", re.MULTILINE)

_NO_WHEEL = re.compile(
    r"Wheels are (?:required|available) for `([^`]+)`"
    r"|\bBecause ([\w.-]+)\S* has no (?:usable )?wheels"
    r"|found wheels for `([^`]+)`"
    r"|attempted to build `([^`]+)`"
    r"|Package `([^`]+)` can't be installed because it is marked as `--no-build`"
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
    """Install into `folder`, from wheels: what is built on this machine might not run there.

    Built are only projects whose code is on this machine, and packages for which that was asked;
    uv refuses what was built for another Python or platform than `target`. What is locked is
    installed as it is; of all else uv's variables and configuration files say which index is asked.

    Raises:
        ValueError: a package cannot be found or built, or has no wheel for `target`.
    """
    with _write_lock(uv, requirements, target) as file:
        command = [uv.path, "pip", "install", "--quiet", "--color", "never", "--no-progress"]
        # Paths within a requirements file start at the working directory, for pip and uv alike.
        command += ["-r", file, "--target", str(folder), "--only-binary", ":all:"]
        command += ["--link-mode", "copy", "--no-compile-bytecode"]
        command += ["--python", sys.executable, "--no-python-downloads"]
        if target.architecture is not None:
            command += ["--python-platform", _PLATFORMS[target.architecture]]
            command += ["--python-version", target.python]
        if requirements.file.name == PYLOCK or file == PYPROJECT:
            command += _choose(requirements)
        command += _allow_builds(requirements)
        with _fresh_builds(requirements) as variables:
            _run(command, requirements, target, variables)


@contextmanager
def _write_lock(uv: Uv, requirements: Requirements, target: PackageTarget) -> Iterator[str]:
    """The file to install from: the user's own, or a pylock.toml with what uv.lock has for it."""
    with TemporaryDirectory(prefix="streambda-") as work:
        lock = Path(work).resolve() / PYLOCK
        if requirements.is_locked and requirements.file.name == PYPROJECT:
            command = [uv.path, "export", "--frozen", "--quiet", "--color", "never"]
            command += ["--format", "pylock.toml", "--output-file", str(lock)]
            command += ["--no-emit-project", "--no-editable", "--no-default-groups"]
            command += ["--python", sys.executable, "--no-python-downloads"]
            _run([*command, *_choose(requirements)], requirements, target)
        elif requirements.is_locked and not _PATH.search(requirements.file.read_text("utf-8")):
            lock.write_text(requirements.file.read_text("utf-8"), "utf-8")
        else:
            yield requirements.file.name
            return
        # uv compares it with the Python that runs uv's command, not with the target.
        lock.write_text(_REQUIRES_PYTHON.sub("", lock.read_text("utf-8"), count=1), "utf-8")
        yield str(lock)


@contextmanager
def _fresh_builds(requirements: Requirements) -> Iterator[dict[str, str]]:
    """Variables with which setuptools takes nothing of an earlier build, and leaves nothing."""
    folders = [project.path for project in requirements.projects if project.path.is_dir()]
    if not folders or _SETUPTOOLS_CONFIG in os.environ:
        yield {}
        return
    with TemporaryDirectory(prefix=_BUILD_FOLDER) as work:
        # Relative, so that each project has its own: they are built at the same time.
        config, name = Path(work, "setup.cfg"), Path(work).name
        config.write_text(f"[build]\nbuild_base = {name}\n", "utf-8")
        try:
            yield {_SETUPTOOLS_CONFIG: str(config)}
        finally:
            for folder in folders:
                shutil.rmtree(folder / name, ignore_errors=True)


def _choose(requirements: Requirements) -> list[str]:
    extras = [word for name in requirements.extras for word in ("--extra", name)]
    return [*extras, *(word for name in requirements.groups for word in ("--group", name))]


def _allow_builds(requirements: Requirements) -> list[str]:
    options = ["--no-editable"] if requirements.projects else []
    for project in requirements.projects:
        if project.path.is_dir():
            options += ["--no-binary", project.name]
        # By default uv keeps what it built from a folder until its pyproject.toml changes.
        options += ["--refresh-package", project.name]
    return options + [word for name in requirements.allow_builds for word in ("--no-binary", name)]


def _run(
    command: list[str],
    requirements: Requirements,
    target: PackageTarget,
    variables: Mapping[str, str] | None = None,
) -> None:
    done = subprocess.run(
        command,
        cwd=requirements.file.parent,
        env={**_make_environment(), **(variables or {})},
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
    return (
        f"no wheel of {package} for {target}, asked for by {file}: {reason}; "
        f"allow_builds=[{package!r}] builds it on this machine"
    )


def _find_reason(stderr: str) -> str:
    """The paragraph of the error and its causes, which names the package; else the last line."""
    # "error: …" and below it "  cause: …"; before uv 0.13 "  ╰─▶ …".
    found = re.search(r"^\s*(?:error: |╰─▶ )(.+?)(?:\n\s*\n|\Z)", stderr, re.DOTALL | re.MULTILINE)
    if found is None:
        lines = stderr.split("\n") if stderr.strip() else ["uv gave no reason"]
        return next(line.strip() for line in reversed(lines) if line.strip())
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*cause: ", found[1])]
    return ": ".join(part for part in parts if part != _NO_SOLUTION)
