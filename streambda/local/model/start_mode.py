"""How Lambda starts a function, which decides whether it runs here and whether it can stream. No I/O."""

import re
from enum import Enum, auto

from streambda.local.model.functions import LocalFunction

VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
WRAPPER = "streambda-wrapper"
WRAPPER_PATH = f"/var/task/{WRAPPER}"
ANSWERS_WHOLE = "answers whole, not streamed"

MANAGED = re.compile(r"python(3\.\d+)")


class StartMode(Enum):
    BOOTSTRAP = auto()
    WRAPPER = auto()
    MANAGED_PYTHON = auto()


def start_mode(function: LocalFunction) -> StartMode | None:
    """None for a runtime that cannot be run here."""
    if function.runtime.startswith("provided"):
        return StartMode.BOOTSTRAP
    if not MANAGED.fullmatch(function.runtime):
        return None
    # Lambda takes an empty name for none.
    wrapper = function.environment.get(VARIABLE) or None
    return {WRAPPER_PATH: StartMode.WRAPPER, None: StartMode.MANAGED_PYTHON}.get(wrapper)


def cannot_run(function: LocalFunction) -> str | None:
    """Why `function` has to stay on AWS; None if it runs here."""
    if start_mode(function):
        return None
    if not function.runtime:
        return "it is a container image"
    if MANAGED.fullmatch(function.runtime):
        wrapper = function.environment[VARIABLE]
        return f"its {VARIABLE} is {wrapper}, expected {WRAPPER_PATH} (ManagedPython) or none"
    return f"its runtime is {function.runtime}, expected provided.al2023 or python3.x"
