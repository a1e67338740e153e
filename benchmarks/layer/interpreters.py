"""The layer's interpreter, and every other Python of its version on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.runtime.interpreter import Interpreter, NoInterpreter, choose_interpreter

LAYER = "layer"


def find_interpreters(layer: Path) -> dict[str, Interpreter]:
    """Name -> interpreter, the layer's first. Each binary is in it once, under its first name."""
    ours = choose_interpreter(layer)
    found = {LAYER: ours}
    seen = {layer.resolve()}
    for name, path in _possible_paths(ours.minor):
        if path.exists() and path.resolve() not in seen:
            seen.add(path.resolve())
            try:
                peer = choose_interpreter(path)
            except NoInterpreter:  # a shim, or broken
                continue
            if peer.minor == ours.minor:
                found[name] = peer
    return found


def _possible_paths(minor: str) -> Iterator[tuple[str, Path]]:
    program = f"python{minor}"
    yield "distribution", Path("/usr/bin", program)
    yield from _managed_versions("pyenv", _folder("PYENV_ROOT", ".pyenv") / "versions", minor)
    yield from _managed_versions(
        "uv", _folder("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python"), minor
    )
    yield "this one", Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def _managed_versions(manager: str, folder: Path, minor: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob(f"*{minor}.*/bin/python{minor}")):
        yield f"{manager} {path.parents[1].name}", path


def _folder(variable: str, below_home: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / below_home)
