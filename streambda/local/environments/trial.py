"""Whether new code starts, for functions that have no process at the moment.

A function that runs shows by its replacement whether new code starts. One that has not started yet
must not lose its old code to a new one that never could: it is tried, and the process ended again.
"""

import asyncio
import os
from collections.abc import Sequence

from streambda.local.environments.entry_point import find_entry_point
from streambda.local.environments.interpreter import Machine
from streambda.local.environments.pool import Environment, StartEnvironment
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.local.model.one_line import describe_error
from streambda.local.model.start_mode import start_mode

# Of more functions than these only the files are checked: an edit must not start them all.
MOST_TRIALS = 5

Change = tuple[LocalFunction, LocalFunction]  # old and new


class Trials:
    """Args: `start` begins a cold start."""

    def __init__(self, files: SandboxFiles, start: StartEnvironment) -> None:
        self._files = files
        self._start = start
        self._running: set[Environment] = set()
        self._closed = False

    def close(self) -> None:
        """Ends what is tried at the moment; nothing is tried from then on."""
        self._closed = True
        for environment in self._running:
            environment.close()

    async def find_problem(self, changes: Sequence[Change]) -> dict[str, str]:
        """The first function whose new code does not start though the old does, and why.

        One after another, and no more: they often have the same code, and so the same error.
        """
        runnable = [change for change in changes if start_mode(change[1])]
        find = self._find_by_start if len(runnable) <= MOST_TRIALS else self._find_in_files
        for old, new in runnable:
            # What never started is not a reason to keep anything as it was.
            if (reason := await find(new)) and not await find(old):
                return {new.name: reason}
        return {}

    async def _find_in_files(self, function: LocalFunction) -> str | None:
        return await asyncio.to_thread(find_problem_in_files, function, self._files)

    async def _find_by_start(self, function: LocalFunction) -> str | None:
        return await self._find_in_files(function) or await self._try(function)

    async def _try(self, function: LocalFunction) -> str | None:
        if self._closed:
            return None
        trial = Trial()
        environment = self._start(function, trial)
        self._running.add(environment)
        try:
            await trial.decided.wait()
            return environment.failure_reason
        finally:
            self._running.discard(environment)
            environment.close()


class Trial:
    """Listens to an environment that gets no invocation."""

    def __init__(self) -> None:
        self.decided = asyncio.Event()

    def idle(self, environment: Environment) -> None:
        self.decided.set()

    def gone(self, environment: Environment) -> None:
        self.decided.set()


def find_problem_in_files(function: LocalFunction, files: SandboxFiles) -> str | None:
    """Why nothing could be started; None if there is a program to start."""
    try:
        program = find_entry_point(function, files.lay_out(function), Machine.this()).command[0]
    except LocalCloudError as error:
        return str(error)
    except Exception as error:
        return describe_error(error)
    if os.access(program, os.X_OK):
        return None
    return f"{function.name}: there is no program {program}"
