"""What a program wants to be called with: each line of a log, by functions of its own."""

import logging
from collections.abc import Callable

from streambda.local.invocation.log_lines import LogLine
from streambda.local.model.one_line import describe_error

Log = Callable[[str, str], None]

logger = logging.getLogger("streambda.local")


class LineCallbacks:
    """Calls `log` and `lines` with each line. One that raises loses that line and no other."""

    def __init__(self, log: Log | None, lines: Callable[[LogLine], None] | None) -> None:
        self._log = log
        self._lines = lines
        self._told: set[str] = set()

    def call(self, line: LogLine) -> None:
        if self._log:
            try:
                self._log(line.function, line.text)
            except Exception as error:
                self._tell("log", error)
        if self._lines:
            try:
                self._lines(line)
            except Exception as error:
                self._tell("lines", error)

    def _tell(self, name: str, error: Exception) -> None:
        """Once: what fails for one line mostly fails for all."""
        if name not in self._told:
            self._told.add(name)
            logger.error(
                "%s= has raised %s (only the first time is logged)", name, describe_error(error)
            )
