"""How Lambda starts a function. It decides if the function runs here, and if it streams. No I/O."""

import re
from enum import Enum, auto

from streambda.local.model.constants import OPT, TASK_ROOT
from streambda.local.model.functions import LocalFunction

EXEC_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
WRAPPER = "streambda-wrapper"
WRAPPER_PATH = f"{TASK_ROOT}/{WRAPPER}"
RESPONSE_IS_BUFFERED = "its response is buffered, not streamed"

# Where a wrapper can lie.
WRAPPER_FOLDERS = (f"{OPT}/", f"{TASK_ROOT}/")

PROVIDED = re.compile(r"provided(\..+)?")
PYTHON = re.compile(r"python(3\.\d+)")
# Not with more digits: of thousands Python makes no number.
NODE = re.compile(r"nodejs(\d{1,3})\.x")

# AWS makes no new functions of the deprecated ones; those that there are go on.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
DEPRECATED_NODES = (14, 16, 18)
NODES = (*DEPRECATED_NODES, 20, 22, 24, 26)


class StartMode(Enum):
    BOOTSTRAP = auto()  # provided.*: the zip's `bootstrap`
    WRAPPER = auto()  # python3.x with streambda's wrapper, which streams
    MANAGED_PYTHON = auto()  # python3.x, whose responses are buffered unless a wrapper streams
    MANAGED_NODE = auto()  # nodejs*.x: the handler decides if it streams


def start_mode(function: LocalFunction) -> StartMode | None:
    """None for a runtime that the local cloud cannot run."""
    if PROVIDED.fullmatch(function.runtime):
        return StartMode.BOOTSTRAP
    wrapper = exec_wrapper(function)
    if wrapper and not wrapper.startswith(WRAPPER_FOLDERS):
        return None
    if (node := NODE.fullmatch(function.runtime)) and int(node[1]) in NODES:
        return StartMode.MANAGED_NODE
    if PYTHON.fullmatch(function.runtime):
        return StartMode.WRAPPER if wrapper == WRAPPER_PATH else StartMode.MANAGED_PYTHON
    return None


def exec_wrapper(function: LocalFunction) -> str | None:
    """The program that Lambda starts with a managed runtime's own command as its arguments."""
    # To Lambda an empty name is none. OS-only runtimes have no wrappers.
    wrapper = function.environment.get(EXEC_WRAPPER) or None
    return None if PROVIDED.fullmatch(function.runtime) else wrapper


def node_version(function: LocalFunction) -> int:
    """The major version of a Node.js runtime."""
    found = NODE.fullmatch(function.runtime)
    assert found is not None, "its start mode is MANAGED_NODE"
    return int(found[1])


def is_buffered(function: LocalFunction) -> bool:
    """Whether its response is never streamed, however it is called."""
    return start_mode(function) is StartMode.MANAGED_PYTHON and not exec_wrapper(function)


def unsupported_reason(function: LocalFunction) -> str | None:
    """Why the local cloud cannot run `function`; None if it can."""
    if start_mode(function):
        return None
    if not function.runtime:
        return (
            "it is a container image, which does not run here: its code as a folder or a zip does"
        )
    runtime, wrapper = function.runtime, exec_wrapper(function)
    if PYTHON.fullmatch(runtime) or (wrapper and NODE.fullmatch(runtime)):
        expected = f"expected a program below {' or '.join(WRAPPER_FOLDERS)}"
        return f"its {EXEC_WRAPPER} is {wrapper}, {expected}"
    if runtime.startswith("nodejs"):
        known = ", ".join(f"nodejs{version}.x" for version in NODES)
        return f"its runtime is {runtime}, expected one of {known}"
    return (
        f"its runtime is {runtime}, expected provided.al2023, python3.x or nodejs{NODES[0]}.x "
        f"to nodejs{NODES[-1]}.x"
    )
