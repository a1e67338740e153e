"""Memory of processes, as the system tells it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streambda.local.environments import memory
from streambda.local.environments.memory import MB, held_bytes, peak_bytes

HOLDS = "held = b'x' * (32 << 20); print(len(held), flush=True); input()"


def test_a_process_and_its_children() -> None:
    before = held_bytes(os.getpid())
    command = [sys.executable, "-c", HOLDS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()

        assert held_bytes(child.pid) > 32 * MB
        assert held_bytes(os.getpid()) > before + 24 * MB
        assert peak_bytes(child.pid) > 32 * MB
        child.communicate(b"\n")

    assert held_bytes(child.pid) == peak_bytes(child.pid) == 0


def test_a_system_that_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "PROC", str(tmp_path))

    assert held_bytes(os.getpid()) == peak_bytes(os.getpid()) == 0
