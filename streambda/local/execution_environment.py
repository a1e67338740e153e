"""One execution environment: a process behind a Runtime API, and one invocation at a time.

It lives from a cold start until the process ends: by itself, or killed at an invocation's deadline
or with the local cloud.
"""

import asyncio
import os
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from streambda.local import failures
from streambda.local.entry_point import entry_point
from streambda.local.environment import VERSION, function_environment
from streambda.local.errors import LocalCloudError
from streambda.local.functions import LocalFunction
from streambda.local.interpreter import Machine
from streambda.local.invocation_stream import InvocationStream
from streambda.local.invocations import Failure
from streambda.local.process import FunctionProcess
from streambda.local.runtime_api import RuntimeApi
from streambda.local.runtime_session import RuntimeSession, Turn
from streambda.local.sandbox_files import SandboxFiles

# "Init phase … limited to 10 seconds", Lambda execution environment lifecycle.
INIT_LIMIT_S = 10.0

Log = Callable[[str], None]


class ExecutionEnvironment:
    def __init__(self, function: LocalFunction, files: SandboxFiles, log: Log) -> None:
        self._function = function
        self._files = files
        self._log = log
        self._session = RuntimeSession()
        self._inbox: asyncio.Queue[InvocationStream | None] = asyncio.Queue()
        self._stream: InvocationStream | None = None
        self.idle = False

    def take(self, stream: InvocationStream) -> None:
        self.idle = False
        self._inbox.put_nowait(stream)

    async def run(self, *, init_limit_s: float = INIT_LIMIT_S) -> None:
        """Lives from a cold start, for the first invocation taken, to the process's end."""
        self._stream = await self._inbox.get()
        async with RuntimeApi(self._session) as api:
            await self._live(api, init_limit_s)

    async def _live(self, api: RuntimeApi, init_limit_s: float) -> None:
        try:
            process = await self._start(api)
        except (OSError, LocalCloudError) as error:
            self._fail(failures.cannot_start(self._request_id, reason_of(error)))
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch(process))
            try:
                if await self._initialised(process, init_limit_s):
                    await self._work(process, api)
            finally:
                await process.kill()

    async def _start(self, api: RuntimeApi) -> FunctionProcess:
        sandbox = await asyncio.to_thread(self._files.sandbox, self._function)
        # In a thread: a managed runtime's Python is looked for, and tried.
        entry = await asyncio.to_thread(entry_point, self._function, sandbox, Machine.this())
        self._log(f"cold start with Python {entry.python.path} ({entry.python.why})")
        environment = function_environment(
            self._function,
            runtime_api=api.address,
            sandbox=sandbox,
            python=entry.python.path,
            log_stream=log_stream_name(),
            outside=os.environ,
        )
        return await FunctionProcess.start(entry.command, sandbox.task_root, environment, self._say)

    async def _watch(self, process: FunctionProcess) -> None:
        await process.wait()
        self.idle = False
        self._session.process_exited()
        self._inbox.put_nowait(None)

    async def _initialised(self, process: FunctionProcess, limit_s: float) -> bool:
        """The init phase: from the process's start to its first GET …/next."""
        try:
            async with asyncio.timeout(limit_s):
                turn = await self._session.turn()
        except TimeoutError:
            self._fail(failures.init_timed_out(self._request_id, limit_s))
            return False
        if turn is Turn.READY:
            return True
        if turn is Turn.EXITED:
            self._fail(failures.exited(self._request_id, await process.wait()))
        elif self._session.init_failure:
            self._fail(self._session.init_failure)
        return False

    async def _work(self, process: FunctionProcess, api: RuntimeApi) -> None:
        while self._stream and await self._invoke(self._stream, process, api):
            process.drain_log()
            self._release()
            self.idle = True
            self._stream = await self._inbox.get()

    async def _invoke(
        self, stream: InvocationStream, process: FunctionProcess, api: RuntimeApi
    ) -> bool:
        """Takes one invocation to its end; true when the runtime asks for the next."""
        request_id, limit_s = stream.request.request_id, self._function.timeout_s
        stream.logs.add(f"START RequestId: {request_id} Version: {VERSION}")
        self._session.offer(stream, deadline_ms=int((time.time() + limit_s) * 1000))
        try:
            async with asyncio.timeout(limit_s):
                turn = await self._session.turn()
                if turn is Turn.EXITED:
                    # What a dead process has sent is still in its socket, in part or complete.
                    await api.settled()
        except TimeoutError:
            self._time_out(stream, failures.timed_out(request_id, limit_s))
            return False
        if turn is Turn.READY:
            return True
        status = await process.wait()
        if stream.lifecycle.ended:
            self._say(f"RequestId: {request_id} {failures.exit_words(status)}")
        else:
            self._fail(failures.exited(request_id, status))
        return False

    def _time_out(self, stream: InvocationStream, failure: Failure) -> None:
        # Also when the response is complete: work behind it runs until the deadline, no longer.
        self._say(failures.sentence(failure))
        if not stream.lifecycle.ended:
            stream.time_out(failure)

    def _fail(self, failure: Failure) -> None:
        self._say(failures.sentence(failure))
        if self._stream and not self._stream.lifecycle.ended:
            self._stream.fail(failure)

    def _say(self, line: str) -> None:
        if self._stream:
            self._stream.logs.add(line)
        self._log(line)

    def _release(self) -> None:
        if self._stream:
            if not self._stream.lifecycle.ended:
                self._stream.fail(failures.shut_down(self._request_id))
            self._stream.logs.add(f"END RequestId: {self._request_id}")
            self._stream.released.set()
        self._stream = None

    def leave(self) -> None:
        """Nobody may be left waiting, whatever has ended `run`, or kept it from beginning."""
        self.idle = False
        self._release()
        while not self._inbox.empty():
            self._stream = self._inbox.get_nowait()
            self._release()

    @property
    def _request_id(self) -> str:
        return self._stream.request.request_id if self._stream else "-"


def reason_of(error: Exception) -> str:
    if isinstance(error, OSError):
        # The words of Lambda: "fork/exec /var/task/bootstrap: no such file or directory".
        name = Path(error.filename or "bootstrap").name
        return f"fork/exec /var/task/{name}: {(error.strerror or str(error)).lower()}"
    return str(error)


def log_stream_name() -> str:
    return f"{datetime.now(UTC):%Y/%m/%d}/[{VERSION}]{uuid.uuid4().hex}"
