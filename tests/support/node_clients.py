"""Clients from npm, each group with its own lock: tests/node_clients/NAME."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from streambda.node import JSII_NODE
from tests.support.templates import ROOT

WAIT_S = 60


def find_node() -> str:
    """The Node.js that the CDK runs on; tests/conftest.py has found it."""
    return os.environ.get(JSII_NODE, "node")


def find_clients(name: str) -> Path:
    """The folder of a group. Skips the test where its packages are not installed."""
    folder = ROOT / "tests/node_clients" / name
    if not (folder / "node_modules/.ready").exists():
        pytest.skip(f"{folder.relative_to(ROOT)} has no packages: `make test` installs them")
    return folder


@dataclass(frozen=True)
class NodeRun:
    """A script that is running, and prints lines of JSON."""

    process: subprocess.Popen[str]

    def read_next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the script has ended"
        document: dict[str, Any] = json.loads(line)
        return document

    def read_rest(self) -> list[dict[str, Any]]:
        output, _ = self.process.communicate(timeout=WAIT_S)
        assert self.process.returncode == 0
        return [json.loads(line) for line in output.splitlines()]


def run_script(script: Path, *arguments: str) -> NodeRun:
    process = subprocess.Popen(
        [find_node(), str(script), *arguments], stdout=subprocess.PIPE, text=True, cwd=script.parent
    )
    return NodeRun(process)
