"""One line for a command that was typed wrong: the value, what was expected, and where to read on.

Standard library only. typer's errors are read by what they carry, since their classes are not in
its interface.
"""

import re
from pathlib import Path
from typing import Any

# pydantic's name of an error -> what was expected.
EXPECTED = {
    "float_parsing": "a number",
    "greater_than_equal": "at least {ge}",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
}
NO_COMMAND = re.compile(r"No such command '(?P<name>[^']+)'")


def explain_usage(error: Exception) -> str:
    """Args: `error` is what typer raises for arguments that it does not understand."""
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    # pydantic writes "Value error, " before the text of a check.
    said = _explain_value(error) or text.replace(": Value error, ", ": ").rstrip(".")
    see = "See" if said.endswith("?") else "see"
    return f"{said}{' ' if see == 'See' else '; '}{see} `{_find_command(error)} --help`"


def explain_os_error(error: OSError) -> str:
    """Of an error that nothing else has explained, such as a folder that may not be read."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        return f"{error.filename}: {reason}"  # to read it, or to write
    # `getcwd` names nothing.
    is_folder = isinstance(error, FileNotFoundError)
    return f"cannot read the current folder: {reason}" if is_folder else reason


def _find_command(error: Exception) -> str:
    """The part of the command line that the error is about."""
    return getattr(getattr(error, "ctx", None), "command_path", None) or "streambda"


def _explain_value(error: Exception) -> str | None:
    """None where typer's own text names the value already."""
    found = NO_COMMAND.match(str(error))
    if found and Path(found["name"]).exists():
        name = found["name"]
        return f"No such command '{name}': to serve it, run `streambda local {name}`"
    wrong = _first_problem(error)
    expected = EXPECTED.get(wrong.get("type", ""))
    options = getattr(getattr(error, "param", None), "opts", None)
    if expected is None or not options:
        return None
    limits = wrong.get("ctx", {})
    value = f"'{wrong['input']}', expected {expected.format(**limits)}"
    return f"Invalid value for '{options[0]}': {value}"


def _first_problem(error: Exception) -> dict[str, Any]:
    """What pydantic says of the value, if it has refused it."""
    problems = getattr(error.__cause__, "errors", None)
    return dict(problems()[0]) if problems else {}
