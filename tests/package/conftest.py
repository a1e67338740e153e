"""Calls of `streambda package` in this process."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from streambda import cli


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended, and what it wrote."""

    status: int
    stdout: str
    stderr: str
    out: Path

    @property
    def manifest(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.out / "manifest.json").read_text("utf-8"))
        return read


Package = Callable[..., Outcome]


@pytest.fixture
def package(
    entry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Package:
    """Packages `entry`, by default without a layer, for a Python that is on no machine."""
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tmp_path / "cache"))

    def run(
        *options: object,
        handler: str = "app.handler",
        src: Path = entry,
        layer: tuple[str, ...] = ("--no-layer", "--python", "3.99"),
        out: Path = tmp_path / "build",
    ) -> Outcome:
        given = ["package", src, "--handler", handler, "--out", out, *layer, *options]
        monkeypatch.setattr(sys, "argv", ["streambda", *map(str, given)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err, out)

    return run
