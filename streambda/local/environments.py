"""All execution environments of one function.

As on Lambda: an idle environment is used again, a cold start happens on demand, and one that timed
out, crashed or never came up is replaced with the next invocation.
"""

import asyncio

from streambda.local.execution_environment import ExecutionEnvironment, Log
from streambda.local.functions import LocalFunction
from streambda.local.invocation_stream import InvocationStream
from streambda.local.invocations import InvocationRequest
from streambda.local.sandbox_files import SandboxFiles

# A laptop's share of the 1,000 concurrent executions of an AWS account.
MOST_ENVIRONMENTS = 10


class TooManyRequests(Exception):
    """Every environment that the function may have is busy."""


class FunctionPool:
    """The environments of one function."""

    def __init__(
        self,
        function: LocalFunction,
        files: SandboxFiles,
        tasks: asyncio.TaskGroup,
        log: Log,
        limit: int = MOST_ENVIRONMENTS,
    ) -> None:
        self.function = function
        self._files = files
        self._tasks = tasks
        self._log = log
        self._limit = limit
        self._environments: dict[ExecutionEnvironment, asyncio.Task[None]] = {}

    def invoke(self, request: InvocationRequest) -> InvocationStream:
        """Starts an invocation; raises `TooManyRequests`."""
        environment = self._idle() or self._cold()
        stream = InvocationStream(request)
        environment.take(stream)
        return stream

    def close(self) -> None:
        """Ends every environment; their tasks end soon after."""
        for task in self._environments.values():
            task.cancel()

    def _idle(self) -> ExecutionEnvironment | None:
        return next((one for one in self._environments if one.idle), None)

    def _cold(self) -> ExecutionEnvironment:
        if len(self._environments) >= self._limit:
            raise TooManyRequests(f"{self.function.name}: {self._limit} environments are busy")
        environment = ExecutionEnvironment(self.function, self._files, self._log)
        task = self._tasks.create_task(environment.run())
        self._environments[environment] = task
        task.add_done_callback(lambda _: self._gone(environment))
        return environment

    def _gone(self, environment: ExecutionEnvironment) -> None:
        del self._environments[environment]
        environment.leave()
