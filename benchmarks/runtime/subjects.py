"""The subjects: our runtime as a user gets it, two floors, and the peers.

A floor does the least that any runtime must do, without error handling: one in C, one in Python.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.runtime import peers
from benchmarks.runtime.build import make_task_root
from benchmarks.runtime.interpreter import Interpreter
from benchmarks.runtime.paths import ROOT, SUBJECTS


@dataclass(frozen=True)
class Subject:
    """One runtime: the command that starts it, and what it can do."""

    name: str
    command: tuple[str, ...]
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    streams: bool = True
    lists: bool = False  # its handler may yield a list of chunks
    keeps_chunks: bool = True  # False: a proxy may cut and join what the app sends
    is_server: bool = False  # an HTTP server on $PORT, which is asked straight
    quick_ack: bool = False  # what it sends is acknowledged at once


@dataclass(frozen=True)
class Machine:
    """What this machine has to make subjects from."""

    python: Interpreter
    programs: dict[str, Path]
    lambda_src: Path = ROOT / "lambda_src"


def floor_c(machine: Machine) -> Subject:
    program = machine.programs["floor_c"]
    return Subject("floor_c", (str(program),), program.parent)


def floor_py(machine: Machine) -> Subject:
    root = make_task_root("floor_py", machine.python, "floor_py")
    bytecode = next((root / "__pycache__").glob("floor_py.*.pyc"))
    command = (str(machine.python.path), "-I", "-S", str(bytecode))
    return Subject("floor_py", command, root)


def http_client(machine: Machine) -> Subject:
    root = make_task_root("http_client", machine.python, "generator", SUBJECTS / "http_client.py")
    command = (str(machine.python.path), "http_client.py")
    return Subject("http_client", command, root, {"_HANDLER": "generator.handler"})


def awslambdaric(machine: Machine) -> Subject:
    installed = peers.install_awslambdaric(machine.python)
    root = make_task_root("awslambdaric", machine.python, "buffered")
    command = (str(machine.python.path), "-m", "awslambdaric", "buffered.handler")
    environ = {"PYTHONPATH": str(installed), "_HANDLER": "buffered.handler"}
    return Subject("awslambdaric", command, root, environ, streams=False)


def node_ric(machine: Machine) -> Subject:
    node, start = peers.install_node_ric()
    root = make_task_root("node_ric", machine.python, "", SUBJECTS / "node.mjs")
    command = (str(node), str(start), "node.handler")
    return Subject("node_ric", command, root, {"_HANDLER": "node.handler"})


def streambda(machine: Machine) -> Subject:
    """The real `bootstrap` on the real runtime, from a copy of the zip root."""
    root = make_task_root("streambda", machine.python, "generator", machine.lambda_src)
    environ = {"_HANDLER": "generator.handler", "STREAMBDA_PYTHON": str(machine.python.path)}
    return Subject("streambda", (str(root / "bootstrap"),), root, environ, lists=True)


SUBJECTS_BY_NAME: dict[str, Callable[[Machine], Subject]] = {
    make.__name__: make
    for make in (floor_c, floor_py, http_client, awslambdaric, node_ric, streambda)
}
