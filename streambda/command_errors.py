"""How a command ends after an error: one line on stderr, and an exit code."""

import sys
from typing import NoReturn

from streambda.missing_extra import explain_missing

BAD_INPUT = 2


def fail(message: str, status: int) -> NoReturn:
    """Ends the process."""
    sys.stderr.write(f"streambda: error: {message}\n")
    raise SystemExit(status)


def warn(message: str) -> None:
    sys.stderr.write(f"streambda: warning: {message}\n")


def fail_for_import(error: ImportError, extra: str = "local") -> NoReturn:
    """Ends the process, and names the extra of streambda that is to be installed."""
    fail(str(explain_missing(error, f"streambda[{extra}]")), BAD_INPUT)
