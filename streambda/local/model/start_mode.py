"""How Lambda starts a function. It decides if the function runs here, and if it streams. No I/O."""

import re
from enum import Enum, auto

from streambda.local.model.functions import LocalFunction

EXEC_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
WRAPPER = "streambda-wrapper"
WRAPPER_PATH = f"/var/task/{WRAPPER}"
RESPONSE_IS_BUFFERED = "its response is buffered, not streamed"

MANAGED = re.compile(r"python(3\.\d+)")


class StartMode(Enum):
    BOOTSTRAP = auto()  # provided.*: the zip's `bootstrap`
    WRAPPER = auto()  # python3.x with streambda's wrapper, which streams
    MANAGED_PYTHON = auto()  # python3.x alone, whose responses are buffered


def start_mode(function: LocalFunction) -> StartMode | None:
    """None for a runtime that the local cloud cannot run."""
    if function.runtime.startswith("provided"):
        return StartMode.BOOTSTRAP
    if not MANAGED.fullmatch(function.runtime):
        return None
    # To Lambda an empty name is none.
    wrapper = function.environment.get(EXEC_WRAPPER) or None
    return {WRAPPER_PATH: StartMode.WRAPPER, None: StartMode.MANAGED_PYTHON}.get(wrapper)


def unsupported_reason(function: LocalFunction) -> str | None:
    """Why the local cloud cannot run `function`; None if it can."""
    if start_mode(function):
        return None
    if not function.runtime:
        return "it is a container image"
    if MANAGED.fullmatch(function.runtime):
        wrapper = function.environment[EXEC_WRAPPER]
        return f"its {EXEC_WRAPPER} is {wrapper}, expected {WRAPPER_PATH} (ManagedPython) or none"
    return f"its runtime is {function.runtime}, expected provided.al2023 or python3.x"
