"""Why a function's process could not be started, in words, and whether it has said so itself."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from streambda.local.environments.shown_paths import TASK_ROOT
from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.one_line import describe_error

BOOTSTRAP = "bootstrap"
MOST_COMPARED_CHARS = 200


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


def has_printed(lines: Iterable[str], failure: Failure) -> bool:
    """Whether a process has itself printed what `failure` says: once is enough.

    It is compared up to the first path: the log may have that of the source.
    """
    described = failures.describe(failure).partition(": ")[2]
    message = described[:MOST_COMPARED_CHARS].partition(TASK_ROOT)[0]
    texts = {message.partition("\n")[0], json.dumps(message)[1:-1]}
    return bool(message) and any(text in line for line in lines for text in texts)
