"""A function's process and its Runtime API, from the start to the process's end.

`execution_environment` decides what it has to do; this says how that went.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace

from streambda.local.environments import memory
from streambda.local.environments.extension_processes import (
    ExtensionProcesses,
    run_extensions,
)
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.orphan_guard import NO_GUARD, OrphanGuard
from streambda.local.environments.ports import PORT, hold_port
from streambda.local.environments.prepared_start import Print, prepare
from streambda.local.environments.process import FunctionProcess
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.environments.task_root_writes import TaskRootWrites
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.constants import VERSION
from streambda.local.model.functions import LocalFunction
from streambda.local.model.platform_reports import InitPhase
from streambda.local.runtime_api.extensions import Extensions, ShutdownReason
from streambda.local.runtime_api.runtime_api import RuntimeApi
from streambda.local.runtime_api.session import RuntimeEvent, RuntimeSession

MEMORY_CHECK_S = 0.1

# "Lambda reserves up to 300 ms (500 ms for a runtime with an internal extension) for the runtime
# process to perform a graceful shutdown." Lambda execution environment lifecycle.
SHUTDOWN_WITH_EXTERNAL_S = 0.3
SHUTDOWN_WITH_INTERNAL_S = 0.5

# What is left of an invocation without a limit: a runtime is always told a deadline.
LONGEST_S = 7 * 24 * 3600.0


class RunningFunction:
    def __init__(
        self,
        function: LocalFunction,
        session: RuntimeSession,
        api: RuntimeApi,
        process: FunctionProcess,
        writes: TaskRootWrites,
        extensions: ExtensionProcesses,
    ) -> None:
        # Why it ends, for extensions.
        self.shutdown_reason = ShutdownReason.SPINDOWN
        self._extensions = extensions
        self._function = function
        self.session = session
        self._api = api
        self._process = process
        self._writes = writes
        self._peak_bytes = 0
        self._measured_at_s = -math.inf
        self._working = asyncio.Event()  # memory is limited while it is set

    async def await_init(self, limit_s: float) -> RuntimeEvent:
        """The init phase, from the start to the first GET …/next. Raises `TimeoutError`."""
        self._working.set()
        try:
            async with asyncio.timeout(limit_s):
                return await self.session.next_event()
        finally:
            self._working.clear()

    def hand_out(self, stream: InvocationStream, limit_s: float) -> None:
        """Gives the waiting runtime an invocation, whose end `await_end` waits for."""
        deadline_s = time.time() + min(limit_s, LONGEST_S)
        self.session.hand_out(stream, deadline_ms=int(deadline_s * 1000))

    async def await_end(self, limit_s: float, runtime_done: Callable[[], None]) -> RuntimeEvent:
        """Takes the invocation to its end; READY when the runtime asks for the next.

        Calls `runtime_done` if extensions have still to ask for their next event. Raises
        `TimeoutError`, also when the response is complete: work after it runs until the
        deadline, no longer.
        """
        self._working.set()
        try:
            async with asyncio.timeout(limit_s):
                event = await self.session.next_event()
                if event is RuntimeEvent.RUNTIME_DONE:
                    # What the runtime has printed is before that.
                    await self._process.settle_log()
                    runtime_done()
                    event = await self.session.next_event()
                if event is RuntimeEvent.EXITED:
                    # What a dead process has sent is still in its socket, in part or complete.
                    await self._api.read_to_end()
        finally:
            self._working.clear()
        self._writes.note_use()
        return event

    async def await_exit(self, limit_s: float) -> None:
        """Waits until the process has ended by itself, but no longer than `limit_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._process.wait()

    async def exit_status(self) -> int:
        """The exit status of a process that has ended; negative for a signal."""
        return await self._process.wait()

    async def settle_log(self) -> None:
        """Logs all that it has printed by now, also what is begun of a line."""
        await self._process.settle_log()
        await self._extensions.settle_log()

    async def shut_down(self) -> None:
        """If there are extensions: the runtime gets SIGTERM, and then those that want hear of it.

        Without any, Lambda kills the runtime at once.
        """
        limit_s = self._shutdown_limit_s
        if limit_s is None:
            return
        ending = asyncio.create_task(self._shut_down(limit_s))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            # The cloud ends too: they keep their time all the same.
            await ending
            raise

    @property
    def _shutdown_limit_s(self) -> float | None:
        """How long the runtime may take."""
        if self.session.extensions.internal:
            return SHUTDOWN_WITH_INTERNAL_S
        return SHUTDOWN_WITH_EXTERNAL_S if self._extensions.pids else None

    async def _shut_down(self, limit_s: float) -> None:
        began_s = time.monotonic()
        self._process.send_terminate()
        await self.await_exit(limit_s)
        self._process.send_kill()
        await self._process.settle_log()
        await self.session.telemetry.flush()
        await self._extensions.shut_down(self.shutdown_reason, began_s)

    @property
    def max_memory_used_mb(self) -> int:
        """The most memory that it has held so far."""
        # Reading /proc takes as long as a short invocation: not after each of thousands.
        if time.monotonic() - self._measured_at_s > MEMORY_CHECK_S:
            self._measure_memory(memory.peak_bytes(self._process.pid))
        return -(-self._peak_bytes // memory.MB)

    async def watch_memory(self) -> None:
        """Kills the process when it holds more than the function may have."""
        limit = self._function.memory_mb * memory.MB
        while await self._working.wait():
            await asyncio.sleep(MEMORY_CHECK_S)
            if self._working.is_set() and self._measure_memory() > limit:
                self._process.send_kill()
                return

    def _measure_memory(self, peak: int = 0) -> int:
        pids = (self._process.pid, *self._extensions.pids)
        held = sum(memory.held_bytes(pid) for pid in pids)
        self._peak_bytes = max(self._peak_bytes, held, peak)
        self._measured_at_s = time.monotonic()
        return held


@asynccontextmanager
async def run_function(
    function: LocalFunction,
    files: SandboxFiles,
    log: Print,
    exited: Callable[[], None],
    *,
    note: Print,
    options: EnvironmentOptions,
    limit_s: float = math.inf,
    phase: InitPhase = InitPhase.INIT,
    orphans: OrphanGuard = NO_GUARD,
) -> AsyncIterator[RunningFunction]:
    """Starts `function`; it is gone when this is left. Calls `exited` if it ends by itself.

    `log` gets what the function prints, `note` what is not a part of its log. `limit_s` is how long
    extensions may take to register.

    Raises `OSError` and `LocalCloudError` when there is nothing that can be started, and whatever
    a broken archive, variable or name makes Python raise. Raises `ExtensionFailed`, and
    `TimeoutError` if an extension does not register.
    """
    session = RuntimeSession(
        {
            "functionName": function.name,
            "functionVersion": VERSION,
            "handler": function.handler,
            "accountId": function.place.account_id,
        }
    )
    session.telemetry.publish("platform.initStart", describe_init(function, phase))
    async with RuntimeApi(session) as api, AsyncExitStack() as stack:
        stack.callback(session.telemetry.close)
        prepared = await prepare(
            function, files, api.address, session.telemetry, log=log, note=note, options=options
        )
        session.show_paths = prepared.show_paths
        port = stack.enter_context(hold_port(prepared.variables, prepared.extensions))
        if port:
            note(f"its port is in use here: {PORT} is {port[PORT]}")
            prepared = replace(prepared, variables={**prepared.variables, **port})
        start = prepared.extension_start(orphans)
        extensions = await stack.enter_async_context(
            run_extensions(prepared.extensions, session.extensions, start, exited)
        )
        await await_registration(session.extensions, limit_s, note)
        process = await prepared.start()
        async with asyncio.TaskGroup() as group:
            writes = TaskRootWrites(
                process.folder, process.started_ns, files.told_writes[process.folder], note
            )
            running = RunningFunction(function, session, api, process, writes, extensions)
            group.create_task(watch_process(process, session, exited))
            watches = [group.create_task(writes.watch())]
            if options.memory_limit:
                watches.append(group.create_task(running.watch_memory()))
            try:
                with orphans.guard(process.pid):
                    yield running
            finally:
                for watch in watches:
                    watch.cancel()
                try:
                    await running.shut_down()
                finally:
                    await process.kill()
                writes.note_use()
                await writes.look()


async def watch_process(
    process: FunctionProcess, session: RuntimeSession, exited: Callable[[], None]
) -> None:
    await process.wait()
    session.process_exited()
    exited()


async def await_registration(extensions: Extensions, limit_s: float, note: Print) -> None:
    """Returns when all programs have registered. Raises `ExtensionFailed` and `TimeoutError`."""
    try:
        async with asyncio.timeout(None if math.isinf(limit_s) else limit_s):
            await extensions.wait_for_programs()
    except TimeoutError:
        others = ", ".join(sorted(extensions.internal))
        hint = f" under the name of its file ({others} has)" if others else ""
        for name in sorted(extensions.unregistered):
            note(f"warning: the extension {name} has not registered within {limit_s:g} s{hint}")
        raise


def describe_init(function: LocalFunction, phase: InitPhase) -> Mapping[str, str]:
    """The record of platform.initStart."""
    return {
        "initializationType": "snap-start" if function.snap_start else "on-demand",
        "phase": phase,
        "functionName": function.name,
        "functionVersion": VERSION,
    }
