"""Why a function's process could not be started, in words."""

import os
from pathlib import Path

from streambda.local.environments.foreign_code import BOOTSTRAP, MAGIC, machine_of
from streambda.local.environments.interpreter import Machine
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.one_line import describe_error

# The kernel reads no more of a first line.
FIRST_LINE_BYTES = 256


def describe_start_error(error: Exception) -> str:
    """In the words that Lambda has for a bootstrap that is missing, or no program."""
    if isinstance(error, OSError):
        program = Path(os.fsdecode(error.filename or BOOTSTRAP))
        name = program.name
        # One that is there has a first line with an interpreter that is not.
        if name == BOOTSTRAP and isinstance(error, FileNotFoundError) and not program.exists():
            return "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
        return f"fork/exec /var/task/{name}: {(error.strerror or str(error)).lower()}"
    return str(error) if isinstance(error, LocalCloudError) else describe_error(error)


def describe_bad_program(program: Path, machine: Machine) -> str:
    """Why Linux will not start a bootstrap, which Lambda's words do not tell. Empty if it may."""
    try:
        with program.open("rb") as file:
            head = file.read(FIRST_LINE_BYTES)
    except OSError:
        return ""  # who starts it says what is wrong
    first_line = head.partition(b"\n")[0]
    built_for = machine_of(head) if head.startswith(MAGIC) else None
    if built_for not in {None, machine.architecture}:
        return f" (it is built for {built_for}, this machine is {machine.architecture})"
    if first_line.startswith(b"#!") and first_line.endswith(b"\r"):
        return " (its first line ends with CR LF, as on Windows: write it with LF)"
    if not head.startswith((b"#!", MAGIC)):
        return " (it is neither a Linux program nor a script that begins with #!)"
    return ""
