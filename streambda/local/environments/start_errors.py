"""Why a function's process could not be started, in words."""

import os
from pathlib import Path

from streambda.local.model.errors import LocalCloudError
from streambda.local.model.one_line import describe_error

BOOTSTRAP = "bootstrap"


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
