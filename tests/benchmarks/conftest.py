"""What the benchmark's tests share: the compiled programs, built once."""

import shutil
from pathlib import Path

import pytest

from benchmarks.runtime import build, interpreter
from benchmarks.runtime.subjects import Machine


@pytest.fixture(scope="session")
def machine() -> Machine:
    """The programs and the interpreter that subjects are made of."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler (cc)")
    return Machine(interpreter.choose_interpreter(), build.compile_programs())


@pytest.fixture
def stopwatch(machine: Machine) -> Path:
    """The compiled stopwatch."""
    return machine.programs["stopwatch"]
