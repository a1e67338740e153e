"""What Lambda starts for a function, and what that is on this machine.

provided.* starts `bootstrap`. A managed Python starts the script that AWS_LAMBDA_EXEC_WRAPPER
names, with its interpreter and the path of its own loop; only streambda's replaces that loop.
"""

import re
from dataclasses import dataclass

from streambda.local import interpreter
from streambda.local.errors import LocalCloudError
from streambda.local.functions import LocalFunction
from streambda.local.interpreter import Interpreter, Machine
from streambda.local.sandbox_files import Sandbox

VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
WRAPPER = "streambda-wrapper"
WRAPPER_PATH = f"/var/task/{WRAPPER}"
LOOP = "/var/runtime/bootstrap.py"

MANAGED = re.compile(r"python(3\.\d+)")


@dataclass(frozen=True, slots=True)
class EntryPoint:
    command: tuple[str, ...]
    python: Interpreter


def cannot_run(function: LocalFunction) -> str | None:
    """Why `function` has to stay on AWS; None if it runs here."""
    if not function.runtime:
        return "it is a container image"
    if function.runtime.startswith("provided"):
        return None
    wrapped = function.environment.get(VARIABLE) == WRAPPER_PATH
    if MANAGED.fullmatch(function.runtime) and wrapped:
        return None
    return (
        f"its runtime is {function.runtime}, expected "
        f"provided.al2023, or python3.x with {VARIABLE}={WRAPPER_PATH} (ManagedPython), "
        "for Lambda's own Python would buffer its response"
    )


def entry_point(function: LocalFunction, sandbox: Sandbox, machine: Machine) -> EntryPoint:
    """Raises `LocalCloudError` for a runtime that cannot be run here."""
    if function.runtime.startswith("provided"):
        python = interpreter.choose(sandbox.opt, function.architecture, machine)
        return EntryPoint((str(sandbox.task_root / "bootstrap"),), python)
    if why := cannot_run(function):
        raise LocalCloudError(f"{function.name} cannot be run here: {why}")
    python = interpreter.managed(function.runtime.removeprefix("python"))
    return EntryPoint((str(sandbox.task_root / WRAPPER), python.path, LOOP), python)
