"""What Lambda starts for a function, and what that is on this machine.

provided.* starts `bootstrap`. A managed Python starts its own loop; here `managed_python` runs in
its place. Or it starts the script that AWS_LAMBDA_EXEC_WRAPPER names, with its interpreter and the
path of that loop. Of such scripts only streambda's can run here: it replaces the loop, and so needs
nothing of Lambda's.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from streambda.local.environments import interpreter
from streambda.local.environments.interpreter import Interpreter, Machine
from streambda.local.environments.sandbox_files import Sandbox
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.start_mode import (
    RESPONSE_IS_BUFFERED,
    WRAPPER,
    StartMode,
    start_mode,
    unsupported_reason,
)

# What Lambda gives a wrapper as its last argument: the loop that the wrapper would start.
LAMBDA_LOOP = "/var/runtime/bootstrap.py"

# -s: no home directory changes the path; -u: what is printed is in the log at once, as on Lambda;
# -X utf8: a missing locale changes nothing.
MANAGED_PYTHON_OPTIONS = ("-s", "-u", "-X", "utf8")
MANAGED_PYTHON = Path(__file__).parents[1] / "managed_python" / "__main__.py"


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """What is started for a function, and the Python that it uses."""

    command: tuple[str, ...]
    python: Interpreter


def find_entry_point(function: LocalFunction, sandbox: Sandbox, machine: Machine) -> EntryPoint:
    """Raises `LocalCloudError` for a runtime that cannot be run here."""
    mode = start_mode(function)
    if mode is None:
        raise LocalCloudError(f"{function.name} cannot be run here: {unsupported_reason(function)}")
    if mode is StartMode.BOOTSTRAP:
        python = interpreter.choose_for_layer(sandbox.opt, function.architecture, machine)
        return EntryPoint((str(sandbox.task_root / "bootstrap"),), python)
    python = interpreter.choose_for_managed_runtime(function.runtime.removeprefix("python"))
    if mode is StartMode.WRAPPER:
        return EntryPoint((str(sandbox.task_root / WRAPPER), python.path, LAMBDA_LOOP), python)
    python = replace(python, reason=f"{python.reason}; {RESPONSE_IS_BUFFERED}")
    return EntryPoint((python.path, *MANAGED_PYTHON_OPTIONS, str(MANAGED_PYTHON)), python)
