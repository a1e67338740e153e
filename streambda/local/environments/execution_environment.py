"""One execution environment: a function's process, and one invocation at a time.

It lives from a cold start until the process ends: by itself, or killed at an invocation's deadline,
for too much memory, because nobody needs it any more, or with the local cloud.
"""

import asyncio
import time
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.phase import Events, Phase
from streambda.local.environments.platform_log import Report, platform_log
from streambda.local.environments.running_function import RunningFunction, running
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.invocation import failures
from streambda.local.invocation.lifecycle import Failure
from streambda.local.invocation.log_lines import Say
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.functions import LocalFunction
from streambda.local.runtime_api.session import Turn


class ExecutionEnvironment:
    """Args: `events` hears when it can take an invocation, and when it is gone."""

    def __init__(
        self,
        function: LocalFunction,
        files: SandboxFiles,
        say: Say,
        options: EnvironmentOptions,
        events: Events,
    ) -> None:
        self.function = function
        self.phase = Phase.BUSY
        self.failure: Failure | None = None  # what has ended it
        self._files = files
        self._print = say
        self._options = options
        self._events = events
        self._platform = platform_log(function.log_format)
        self._inbox: asyncio.Queue[InvocationStream | None] = asyncio.Queue()
        self._stream: InvocationStream | None = None
        self._last = False
        self._task: asyncio.Task[None] | None = None

    # What the pool does.

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        self._task = tasks.create_task(self.run())
        self._task.add_done_callback(self._left)

    def take(self, stream: InvocationStream) -> None:
        self.phase = Phase.BUSY
        self._inbox.put_nowait(stream)

    def retire(self) -> None:
        """Ends: now if idle, else behind the invocation in progress."""
        self._last = True
        if self.phase is Phase.IDLE:
            self._end()

    @property
    def settling(self) -> bool:
        """Whether an invocation has been answered, and the runtime is about to ask for another."""
        answered = self._stream is not None and self._stream.lifecycle.ended
        return answered and self.phase is Phase.BUSY and not self._last

    @property
    def why(self) -> str | None:
        """It ended of a failure, if it did."""
        return failures.sentence(self.failure) if self.failure else None

    def close(self) -> None:
        """Ends now, whatever is in progress."""
        if self._task:
            self._task.cancel()

    def _left(self, _: asyncio.Task[None]) -> None:
        """Nobody may be left waiting, whatever has ended `run`, or kept it from beginning."""
        self.phase = Phase.ENDING
        self._release()
        while not self._inbox.empty():
            self._stream = self._inbox.get_nowait()
            self._release()
        self._events.gone(self)

    async def run(self) -> None:
        """Lives from a cold start to the process's end."""
        if not self._inbox.empty():
            self._stream = self._inbox.get_nowait()
        came_up = await self._live("init", self._options.init_s)
        if not came_up and self._stream:
            # As part of the invocation, and of its time: so Lambda goes on after ten seconds.
            await self._live("invoke", self.function.timeout_s)

    # The phases.

    async def _live(self, phase: str, limit_s: float) -> bool:
        """False when the init phase has taken too long."""
        async with AsyncExitStack() as stack:
            began = time.monotonic()
            try:
                started = await stack.enter_async_context(self._running())
            except (OSError, LocalCloudError) as error:
                self._fail(failures.cannot_start(self._request_id, reason_of(error)))
                return True
            try:
                turn = await started.ready(limit_s)
            except TimeoutError:
                self._init_timed_out(phase, limit_s)
                return False
            if turn is not Turn.READY:
                await self._init_failed(started, turn)
                return True
            took_s = time.monotonic() - began
            await self._work(started, took_s, part_of_invocation=phase == "invoke")
            return True

    def _running(self) -> AbstractAsyncContextManager[RunningFunction]:
        return running(
            self.function,
            self._files,
            self._say,
            self._exited,
            note=lambda line: self._print(line, None),
            memory_limit=self._options.memory_limit,
        )

    def _init_timed_out(self, phase: str, limit_s: float) -> None:
        self._say_all(self._platform.init(limit_s, phase, "timeout"))
        if phase == "invoke":
            self._fail(failures.timed_out(self._request_id, limit_s), timed_out=True)

    async def _init_failed(self, started: RunningFunction, turn: Turn) -> None:
        if turn is Turn.EXITED:
            self._fail(failures.exited(self._request_id, await started.status()))
        elif started.session.init_failure:
            self._fail(started.session.init_failure)

    async def _work(
        self, started: RunningFunction, init_s: float, *, part_of_invocation: bool
    ) -> None:
        cold: float | None = None if part_of_invocation else init_s
        spent_s = init_s if part_of_invocation else 0.0
        while stream := await self._next_stream():
            report = await self._invoke(stream, started, spent_s, cold)
            started.drain_log()
            self._say_all(self._platform.end(report))
            self._release()
            cold, spent_s = None, 0.0

    async def _next_stream(self) -> InvocationStream | None:
        if self.phase is Phase.ENDING:
            return None
        if self._stream is None and self._last:
            self._end()
        elif self._stream is None:
            self.phase = Phase.IDLE
            self._events.idle(self)
            self._stream = await self._inbox.get()
        return self._stream

    async def _invoke(
        self,
        stream: InvocationStream,
        started: RunningFunction,
        spent_s: float,
        init_s: float | None,
    ) -> Report:
        """`spent_s` of the invocation's time are gone already."""
        request_id, limit_s = stream.request.request_id, self.function.timeout_s
        self._say_all(self._platform.start(request_id))
        began = time.monotonic() - spent_s
        try:
            turn = await started.invoke(stream, limit_s - spent_s)
            status = "failure" if stream.failure else "success"
            if turn is not Turn.READY:
                await self._exited_in(stream, started)
                status = "error"
        except TimeoutError:
            self._fail(failures.timed_out(request_id, limit_s), timed_out=True)
            status = "timeout"
        return Report(
            request_id=request_id,
            duration_s=limit_s if status == "timeout" else time.monotonic() - began,
            memory_mb=self.function.memory_mb,
            used_mb=started.used_mb,
            init_s=init_s,
            status=status,
            error_type=failures.EXIT_ERROR if status == "error" else None,
        )

    async def _exited_in(self, stream: InvocationStream, started: RunningFunction) -> None:
        request_id, status = stream.request.request_id, await started.status()
        if stream.lifecycle.ended:
            self._end()
            self._say(f"RequestId: {request_id} {failures.exit_words(status)}")
        else:
            self._fail(failures.exited(request_id, status))

    # What is told.

    def _exited(self) -> None:
        """The process has ended; where there is an invocation, the session tells of it."""
        if self.phase is Phase.IDLE:
            self._end()

    def _end(self) -> None:
        """Before anybody hears of it: who asks again at once must find this one gone."""
        if self.phase is not Phase.ENDING:
            self.phase = Phase.ENDING
            self._inbox.put_nowait(None)

    def _fail(self, failure: Failure, *, timed_out: bool = False) -> None:
        """Also when the response is complete: then it is only told."""
        self.failure = failure
        self._say(failures.sentence(failure))
        self._end()
        if self._stream and not self._stream.lifecycle.ended:
            (self._stream.time_out if timed_out else self._stream.fail)(failure)

    def _say(self, line: str) -> None:
        if self._stream:
            self._stream.log(line)
        self._print(line, self._stream.request.request_id if self._stream else None)

    def _say_all(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._say(line)

    def _release(self) -> None:
        if self._stream:
            if not self._stream.lifecycle.ended:
                self._stream.fail(self.failure or failures.shut_down(self._request_id))
            self._stream.released.set()
        self._stream = None

    @property
    def _request_id(self) -> str:
        return self._stream.request.request_id if self._stream else "-"


def reason_of(error: Exception) -> str:
    if isinstance(error, OSError):
        # The words of Lambda: "fork/exec /var/task/bootstrap: no such file or directory".
        name = Path(error.filename or "bootstrap").name
        return f"fork/exec /var/task/{name}: {(error.strerror or str(error)).lower()}"
    return str(error)
