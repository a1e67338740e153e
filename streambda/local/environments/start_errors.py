"""Why a function's process could not be started, in words."""

import os
from pathlib import Path

from streambda.local.model.errors import LocalCloudError
from streambda.local.model.one_line import describe_error


def describe_start_error(error: Exception) -> str:
    """In the words that Lambda has for a bootstrap that is missing, or no program."""
    if isinstance(error, OSError):
        # The words of Lambda: "fork/exec /var/task/bootstrap: no such file or directory".
        name = Path(os.fsdecode(error.filename or "bootstrap")).name
        return f"fork/exec /var/task/{name}: {(error.strerror or str(error)).lower()}"
    return str(error) if isinstance(error, LocalCloudError) else describe_error(error)
