"""A function's process and its Runtime API, from a start to the process's end.

`execution_environment` decides what it is to do; this tells how that went.
"""

import asyncio
import math
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

from streambda.local.environments import memory
from streambda.local.environments.entry_point import entry_point
from streambda.local.environments.interpreter import Machine
from streambda.local.environments.process import FunctionProcess
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.environments.variables import function_environment
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.constants import VERSION
from streambda.local.model.functions import LocalFunction
from streambda.local.runtime_api.runtime_api import RuntimeApi
from streambda.local.runtime_api.session import RuntimeSession, Turn

MEMORY_CHECK_S = 0.1

Print = Callable[[str], None]


class RunningFunction:
    def __init__(
        self,
        function: LocalFunction,
        session: RuntimeSession,
        api: RuntimeApi,
        process: FunctionProcess,
    ) -> None:
        self._function = function
        self.session = session
        self._api = api
        self._process = process
        self._most_held = 0
        self._looked_at = -math.inf
        self._busy = asyncio.Event()

    async def ready(self, limit_s: float) -> Turn:
        """The init phase, from the start to the first GET …/next. Raises `TimeoutError`."""
        with self._at_work():
            async with asyncio.timeout(limit_s):
                return await self.session.turn()

    async def invoke(self, stream: InvocationStream, limit_s: float) -> Turn:
        """Takes one invocation to its end; READY when the runtime asks for the next.

        Raises `TimeoutError`, also when the response is complete: work behind it runs until the
        deadline, no longer.
        """
        self.session.offer(stream, deadline_ms=int((time.time() + limit_s) * 1000))
        with self._at_work():
            async with asyncio.timeout(limit_s):
                turn = await self.session.turn()
                if turn is Turn.EXITED:
                    # What a dead process has sent is still in its socket, in part or complete.
                    await self._api.settled()
        return turn

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._busy.set()
        try:
            yield
        finally:
            self._busy.clear()

    async def status(self) -> int:
        """The exit status of a process that has ended; negative for a signal."""
        return await self._process.wait()

    def drain_log(self) -> None:
        self._process.drain_log()

    @property
    def used_mb(self) -> int:
        """The most memory that it has held so far."""
        # Reading /proc takes as long as a short invocation: not behind each of thousands.
        if time.monotonic() - self._looked_at > MEMORY_CHECK_S:
            self._look(memory.peak_bytes(self._process.pid))
        return -(-self._most_held // memory.MB)

    async def guard_memory(self) -> None:
        """Kills the process when it holds more than the function may have."""
        limit = self._function.memory_mb * memory.MB
        while await self._busy.wait():
            await asyncio.sleep(MEMORY_CHECK_S)
            if self._busy.is_set() and self._look() > limit:
                self._process.send_kill()
                return

    def _look(self, peak: int = 0) -> int:
        held = memory.held_bytes(self._process.pid)
        self._most_held = max(self._most_held, held, peak)
        self._looked_at = time.monotonic()
        return held


@asynccontextmanager
async def running(
    function: LocalFunction,
    files: SandboxFiles,
    say: Print,
    exited: Callable[[], None],
    *,
    note: Print,
    memory_limit: bool,
) -> AsyncIterator[RunningFunction]:
    """Starts `function`; it is gone when this is left. Calls `exited` if it ends by itself.

    `say` gets what the function prints, `note` what is no part of its log.

    Raises `OSError` and `LocalCloudError` when there is nothing that can be started.
    """
    session = RuntimeSession()
    async with RuntimeApi(session) as api:
        process = await start(function, files, api.address, say, note)
        async with asyncio.TaskGroup() as group:
            started = RunningFunction(function, session, api, process)
            group.create_task(watch(process, session, exited))
            guard = group.create_task(started.guard_memory()) if memory_limit else None
            try:
                yield started
            finally:
                if guard:
                    guard.cancel()
                await process.kill()


async def watch(
    process: FunctionProcess, session: RuntimeSession, exited: Callable[[], None]
) -> None:
    await process.wait()
    session.process_exited()
    exited()


async def start(
    function: LocalFunction, files: SandboxFiles, runtime_api: str, say: Print, note: Print
) -> FunctionProcess:
    sandbox = await asyncio.to_thread(files.sandbox, function)
    # In a thread: a managed runtime's Python is looked for, and tried.
    entry = await asyncio.to_thread(entry_point, function, sandbox, Machine.this())
    note(f"cold start with Python {entry.python.path} ({entry.python.why})")
    environment = function_environment(
        function,
        runtime_api=runtime_api,
        sandbox=sandbox,
        python=entry.python.path,
        log_stream=log_stream_name(),
        outside=os.environ,
    )
    return await FunctionProcess.start(entry.command, sandbox.task_root, environment, say)


def log_stream_name() -> str:
    return f"{datetime.now(UTC):%Y/%m/%d}/[{VERSION}]{uuid.uuid4().hex}"
