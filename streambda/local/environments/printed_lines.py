"""What a process has printed last, to find out what need not be logged once more. No I/O."""

import json
from collections import deque

from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.model.constants import TASK_ROOT

# How many lines are remembered, and how much of a failure is looked for in them.
MOST_LINES = 100
MOST_CHARS = 200


class PrintedLines:
    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MOST_LINES)

    def add(self, line: str) -> None:
        self._lines.append(line)

    def have(self, failure: Failure) -> bool:
        """Whether the process has itself printed what `failure` says.

        It is compared up to the first path: the log may have that of the source.
        """
        described = failures.describe(failure).partition(": ")[2]
        message = described[:MOST_CHARS].partition(TASK_ROOT)[0]
        texts = {message.partition("\n")[0], json.dumps(message)[1:-1]}
        return bool(message) and any(text in line for line in self._lines for text in texts)
