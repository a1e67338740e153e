"""Functions in compiled languages, built once for a test run where there is a compiler."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent
BUILD_S = 300.0


@dataclass(frozen=True, slots=True)
class Language:
    source: str
    compiler: str
    arguments: tuple[str, ...]  # before "-o"
    version: str  # what makes it print its version


LANGUAGES: Mapping[str, Language] = {
    "rust": Language("function.rs", "rustc", ("--edition", "2021"), "--version"),
    "go": Language("function.go", "go", ("build",), "version"),
}


def _works(command: list[str]) -> bool:
    """Whether there is a compiler behind the name: rustup's `rustc` may have none to start."""
    return (
        subprocess.run(command, capture_output=True, timeout=BUILD_S, check=False).returncode == 0
    )


def build(language: str, folder: Path) -> Path:
    """A folder with a function's `bootstrap`. Skips the test where there is no compiler."""
    known = LANGUAGES[language]
    compiler = shutil.which(known.compiler)
    if compiler is None or not _works([compiler, known.version]):
        pytest.skip(f"no {known.compiler} on this machine")
    folder.mkdir(parents=True)
    target = folder / "bootstrap"
    # Nothing is fetched: both use their standard library alone.
    offline = {"GOPROXY": "off", "GOFLAGS": "-mod=mod", "GO111MODULE": "off", "CGO_ENABLED": "0"}
    source = str(SOURCES / known.source)
    order = (
        [*known.arguments, "-o", str(target), source]
        if language == "go"
        else [*known.arguments, source, "-o", str(target)]
    )
    done = subprocess.run(
        [compiler, *order],
        cwd=folder,
        env=os.environ | offline,
        capture_output=True,
        text=True,
        timeout=BUILD_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder
