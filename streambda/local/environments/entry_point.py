"""What Lambda starts for a function, and what that is on this machine.

provided.* starts `bootstrap`. A managed Python starts its own loop, in whose place `plain_python`
runs here, or the script that AWS_LAMBDA_EXEC_WRAPPER names, with its interpreter and the path of
that loop; of such scripts only streambda's, which replaces the loop, needs nothing of Lambda's.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path

from streambda.local.environments import interpreter
from streambda.local.environments.interpreter import Interpreter, Machine
from streambda.local.environments.sandbox_files import Sandbox
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction

VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
WRAPPER = "streambda-wrapper"
WRAPPER_PATH = f"/var/task/{WRAPPER}"
LOOP = "/var/runtime/bootstrap.py"

# -s: no home directory changes the path; -u: what is printed is there at once, as on Lambda;
# -X utf8: nor does a missing locale change anything.
PLAIN_OPTIONS = ("-s", "-u", "-X", "utf8")
PLAIN_LOOP = Path(__file__).parents[1] / "managed_python" / "__main__.py"
WHOLE = "answers whole, not streamed"

MANAGED = re.compile(r"python(3\.\d+)")


class Start(Enum):
    BOOTSTRAP = auto()
    WRAPPER = auto()
    PLAIN_PYTHON = auto()


@dataclass(frozen=True, slots=True)
class EntryPoint:
    command: tuple[str, ...]
    python: Interpreter


def start_of(function: LocalFunction) -> Start | None:
    """None for a runtime that cannot be run here."""
    if function.runtime.startswith("provided"):
        return Start.BOOTSTRAP
    if not MANAGED.fullmatch(function.runtime):
        return None
    # Lambda takes an empty name for none.
    wrapper = function.environment.get(VARIABLE) or None
    return {WRAPPER_PATH: Start.WRAPPER, None: Start.PLAIN_PYTHON}.get(wrapper)


def cannot_run(function: LocalFunction) -> str | None:
    """Why `function` has to stay on AWS; None if it runs here."""
    if start_of(function):
        return None
    if not function.runtime:
        return "it is a container image"
    if MANAGED.fullmatch(function.runtime):
        wrapper = function.environment[VARIABLE]
        return f"its {VARIABLE} is {wrapper}, expected {WRAPPER_PATH} (ManagedPython) or none"
    return f"its runtime is {function.runtime}, expected provided.al2023 or python3.x"


def entry_point(function: LocalFunction, sandbox: Sandbox, machine: Machine) -> EntryPoint:
    """Raises `LocalCloudError` for a runtime that cannot be run here."""
    start = start_of(function)
    if start is None:
        raise LocalCloudError(f"{function.name} cannot be run here: {cannot_run(function)}")
    if start is Start.BOOTSTRAP:
        python = interpreter.choose(sandbox.opt, function.architecture, machine)
        return EntryPoint((str(sandbox.task_root / "bootstrap"),), python)
    python = interpreter.managed(function.runtime.removeprefix("python"))
    if start is Start.WRAPPER:
        return EntryPoint((str(sandbox.task_root / WRAPPER), python.path, LOOP), python)
    told = replace(python, why=f"{python.why}; {WHOLE}")
    return EntryPoint((python.path, *PLAIN_OPTIONS, str(PLAIN_LOOP)), told)
