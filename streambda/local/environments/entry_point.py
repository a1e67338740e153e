"""What Lambda starts for a function, and what that is on this machine.

provided.* starts `bootstrap`. A managed Python starts its own loop, in whose place `managed_python`
runs here, or the script that AWS_LAMBDA_EXEC_WRAPPER names, with its interpreter and the path of
that loop; of such scripts only streambda's, which replaces the loop, needs nothing of Lambda's.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from streambda.local.environments import interpreter
from streambda.local.environments.interpreter import Interpreter, Machine
from streambda.local.environments.sandbox_files import Sandbox
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.start_mode import (
    ANSWERS_WHOLE,
    WRAPPER,
    StartMode,
    cannot_run,
    start_mode,
)

LOOP = "/var/runtime/bootstrap.py"

# -s: no home directory changes the path; -u: what is printed is there at once, as on Lambda;
# -X utf8: nor does a missing locale change anything.
PLAIN_OPTIONS = ("-s", "-u", "-X", "utf8")
PLAIN_LOOP = Path(__file__).parents[1] / "managed_python" / "__main__.py"


@dataclass(frozen=True, slots=True)
class EntryPoint:
    command: tuple[str, ...]
    python: Interpreter


def entry_point(function: LocalFunction, sandbox: Sandbox, machine: Machine) -> EntryPoint:
    """Raises `LocalCloudError` for a runtime that cannot be run here."""
    mode = start_mode(function)
    if mode is None:
        raise LocalCloudError(f"{function.name} cannot be run here: {cannot_run(function)}")
    if mode is StartMode.BOOTSTRAP:
        python = interpreter.choose(sandbox.opt, function.architecture, machine)
        return EntryPoint((str(sandbox.task_root / "bootstrap"),), python)
    python = interpreter.managed(function.runtime.removeprefix("python"))
    if mode is StartMode.WRAPPER:
        return EntryPoint((str(sandbox.task_root / WRAPPER), python.path, LOOP), python)
    told = replace(python, why=f"{python.why}; {ANSWERS_WHOLE}")
    return EntryPoint((python.path, *PLAIN_OPTIONS, str(PLAIN_LOOP)), told)
