"""What Lambda starts for a function, and what that is on this machine.

provided.* starts `bootstrap`. A managed runtime starts its own loop; here `managed_python` and
`managed_node` run in its place. Or it starts the program that AWS_LAMBDA_EXEC_WRAPPER names, which
gets that command as its arguments and mostly runs it in the end.
"""

from dataclasses import dataclass
from pathlib import Path

from streambda.local.environments import interpreter, node
from streambda.local.environments.interpreter import Interpreter, Machine
from streambda.local.environments.lambda_folders import describe_hidden_program, read_beginning
from streambda.local.environments.sandbox_files import Sandbox
from streambda.local.environments.start_errors import describe_bad_program
from streambda.local.model.constants import OPT, TASK_ROOT
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.start_mode import (
    RESPONSE_IS_BUFFERED,
    StartMode,
    exec_wrapper,
    is_buffered,
    node_version,
    start_mode,
    unsupported_reason,
)

# What Lambda gives streambda's wrapper as its last argument: the loop that it replaces.
LAMBDA_LOOP = "/var/runtime/bootstrap.py"

# -s: no home directory changes the path; -u: what is printed is in the log at once, as on Lambda;
# -X utf8: a missing locale changes nothing.
MANAGED_PYTHON_OPTIONS = ("-s", "-u", "-X", "utf8")
MANAGED_PYTHON = Path(__file__).parents[1] / "managed_python" / "__main__.py"
MANAGED_NODE = Path(__file__).parents[1] / "managed_node" / "main.cjs"

PYTHON_VARIABLE = b"STREAMBDA_PYTHON"


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """Args: `program` is the interpreter, `note` says in the log what is started, and why.

    `is_foreign` is whether it begins with a program that is not streambda's.
    """

    command: tuple[str, ...]
    program: Interpreter
    note: str
    is_foreign: bool = False


def find_entry_point(function: LocalFunction, sandbox: Sandbox, machine: Machine) -> EntryPoint:
    """Raises `LocalCloudError` for a runtime that cannot be run here."""
    match start_mode(function):
        case None:
            reason = unsupported_reason(function)
            raise LocalCloudError(f"{function.name} cannot be run here: {reason}")
        case StartMode.BOOTSTRAP:
            return _find_bootstrap(function, sandbox, machine)
        case StartMode.MANAGED_NODE:
            return _find_node(function, sandbox)
        case StartMode.WRAPPER | StartMode.MANAGED_PYTHON:
            return _find_python(function, sandbox)


def _find_bootstrap(function: LocalFunction, sandbox: Sandbox, machine: Machine) -> EntryPoint:
    """As Lambda does: the function's own, or that of a layer."""
    places = [sandbox.task_root, *([sandbox.opt] if sandbox.opt else [])]
    found = [place / "bootstrap" for place in places if (place / "bootstrap").exists()]
    bootstrap = found[0] if found else sandbox.task_root / "bootstrap"
    python = interpreter.choose_for_layer(
        sandbox.opt, function.architecture, machine, function.missing_layers
    )
    note = f"Python {python.path} ({python.reason})"
    is_foreign = bool(found) and not _uses_python(bootstrap)
    if is_foreign:
        problem = describe_bad_program(bootstrap, machine)
        note = "its own bootstrap" + (problem or describe_hidden_program(bootstrap, sandbox.opt))
    elif not found and not function.missing_layers:
        note = "no bootstrap"
    return EntryPoint((str(bootstrap),), python, note, is_foreign)


def _uses_python(bootstrap: Path) -> bool:
    """Whether it is a script that may start the Python which STREAMBDA_PYTHON names."""
    try:
        return PYTHON_VARIABLE in read_beginning(bootstrap)
    except OSError:
        return True


def _find_python(function: LocalFunction, sandbox: Sandbox) -> EntryPoint:
    python = interpreter.choose_for_managed_runtime(function.runtime.removeprefix("python"))
    reason = python.reason
    if is_buffered(function):
        reason = f"{reason}; {RESPONSE_IS_BUFFERED}"
    arguments: tuple[str, ...] = (*MANAGED_PYTHON_OPTIONS, str(MANAGED_PYTHON))
    if start_mode(function) is StartMode.WRAPPER:
        arguments = (LAMBDA_LOOP,)
    wrapper = _wrapper(function, sandbox)
    note = f"Python {python.path} ({reason})" + _describe_wrapper(wrapper, sandbox)
    is_foreign = bool(wrapper) and start_mode(function) is not StartMode.WRAPPER
    return EntryPoint((*wrapper, python.path, *arguments), python, note, is_foreign)


def _find_node(function: LocalFunction, sandbox: Sandbox) -> EntryPoint:
    version = node_version(function)
    program = node.choose_node(version)
    options = node.list_options(
        program.path, version, function.memory_mb, function.environment.get("NODE_OPTIONS", "")
    )
    wrapper = _wrapper(function, sandbox)
    note = f"{program.path} ({program.reason})" + _describe_wrapper(wrapper, sandbox)
    command = (*wrapper, program.path, *options, str(MANAGED_NODE))
    return EntryPoint(command, program, note, is_foreign=bool(wrapper))


def _describe_wrapper(wrapper: tuple[str, ...], sandbox: Sandbox) -> str:
    return "".join(describe_hidden_program(Path(one), sandbox.opt) for one in wrapper)


def _wrapper(function: LocalFunction, sandbox: Sandbox) -> tuple[str, ...]:
    """The path here of the program before the command, if there is one."""
    wrapper = exec_wrapper(function)
    if wrapper is None:
        return ()
    if wrapper.startswith(f"{TASK_ROOT}/"):
        return (str(sandbox.task_root / wrapper.removeprefix(f"{TASK_ROOT}/")),)
    if sandbox.opt is None:
        give = "give them with --layer" if function.missing_layers else "it has no layer"
        raise LocalCloudError(f"its wrapper {wrapper} is in none of its layers here: {give}")
    return (str(sandbox.opt / wrapper.removeprefix(f"{OPT}/")),)
