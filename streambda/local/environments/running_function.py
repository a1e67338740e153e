"""A function's process and its Runtime API, from the start to the process's end.

`execution_environment` decides what it has to do; this says how that went.
"""

import asyncio
import json
import math
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from streambda.local.debugger.options import HOST
from streambda.local.environments import memory
from streambda.local.environments.entry_point import (
    MANAGED_NODE,
    EntryPoint,
    find_entry_point,
)
from streambda.local.environments.extension_processes import (
    ExtensionProcesses,
    ProgramStart,
    find_extensions,
    run_extensions,
)
from streambda.local.environments.interpreter import Machine
from streambda.local.environments.lambda_folders import (
    LambdaFolders,
    choose_lambda_folders,
    describe_hidden_program,
)
from streambda.local.environments.options import EnvironmentOptions
from streambda.local.environments.orphan_guard import NO_GUARD, OrphanGuard
from streambda.local.environments.ports import PORT, hold_port
from streambda.local.environments.process import FunctionProcess
from streambda.local.environments.sandbox_files import Sandbox, SandboxFiles
from streambda.local.environments.shown_paths import ShownPaths, find_source_root
from streambda.local.environments.task_root_writes import TaskRootWrites
from streambda.local.environments.variables import make_variables
from streambda.local.invocation.stream import InvocationStream
from streambda.local.model.constants import VERSION
from streambda.local.model.functions import LocalFunction
from streambda.local.model.platform_reports import InitPhase
from streambda.local.model.start_mode import StartMode, start_mode
from streambda.local.runtime_api.extensions import Extensions, ShutdownReason
from streambda.local.runtime_api.runtime_api import RuntimeApi
from streambda.local.runtime_api.session import RuntimeEvent, RuntimeSession
from streambda.local.runtime_api.telemetry import Telemetry

MEMORY_CHECK_S = 0.1

# What is left of an invocation without a limit: a runtime is always told a deadline.
LONGEST_S = 7 * 24 * 3600.0

Print = Callable[[str], None]


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

    async def await_end(self, limit_s: float) -> RuntimeEvent:
        """Takes the invocation to its end; READY when the runtime asks for the next.

        Raises `TimeoutError`, also when the response is complete: work after it runs until the
        deadline, no longer.
        """
        self._working.set()
        try:
            async with asyncio.timeout(limit_s):
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
        """Tells extensions that want to hear of it; the runtime gets SIGTERM then, as on Lambda."""
        if not self._extensions.pids:
            return
        self._process.send_terminate()
        ending = asyncio.create_task(self._end_extensions())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            # The cloud ends too: they keep their time all the same.
            await ending
            raise

    async def _end_extensions(self) -> None:
        await self.session.telemetry.flush()
        await self._extensions.shut_down(self.shutdown_reason)

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

    `log` gets what the function prints, `note` what is no part of its log. `limit_s` is how long
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
        for name in sorted(extensions.unregistered):
            note(f"warning: the extension {name} has not registered within {limit_s:g} s")
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """All that the processes of one environment need."""

    command: tuple[str, ...]
    folder: Path
    variables: Mapping[str, str]
    log: Print
    log_extension: Print
    extensions: list[Path]
    folders: LambdaFolders | None

    async def start(self) -> FunctionProcess:
        return await FunctionProcess.start(
            self.command, self.folder, self.variables, self.log, self.folders
        )

    def extension_start(self, orphans: OrphanGuard) -> ProgramStart:
        return ProgramStart(self.folder, self.variables, self.log_extension, orphans, self.folders)


async def prepare(
    function: LocalFunction,
    files: SandboxFiles,
    runtime_api: str,
    telemetry: Telemetry,
    *,
    log: Print,
    note: Print,
    options: EnvironmentOptions,
) -> Prepared:
    def look_up() -> tuple[
        Sandbox, EntryPoint, Path | None, LambdaFolders | None, Mapping[str, str]
    ]:
        sandbox = files.lay_out(function)
        # A managed runtime's Python or Node.js is looked for, and tried.
        entry = find_entry_point(function, sandbox, Machine.this())
        lang = link_lang(function, files, entry.program.path)
        folders = choose_lambda_folders(sandbox, lang, files, is_foreign=entry.is_foreign)
        # Credentials with every start: they may have expired, and getting others may ask AWS.
        return sandbox, entry, lang, folders, options.credentials()

    sandbox, entry, lang, folders, credentials = await asyncio.to_thread(look_up)
    paths = ShownPaths(sandbox, options.find_source, MANAGED_NODE.parent)
    note(f"cold start with {entry.note}")
    variables = make_variables(
        function,
        runtime_api=runtime_api,
        sandbox=sandbox,
        program=entry.program.path,
        log_stream=new_log_stream_name(),
        lang=lang,
        credentials=credentials,
    )
    command = entry.command
    port = options.debug_ports.get(function.name)
    if port is not None and start_mode(function) is StartMode.MANAGED_NODE:
        command = tuple(insert_inspector(command, entry.program.path, port))
    elif port is not None:
        from streambda.local.debugger.launcher import make_debugger

        debugger = await asyncio.to_thread(
            make_debugger,
            files.make_private_folder("debugger"),
            port,
            python=entry.program.path,
            task_root=sandbox.task_root,
            source=find_source_root(function.handler, sandbox.task_root, options.find_source),
        )
        command = tuple(debugger.program if one == debugger.python else one for one in command)
        variables |= debugger.variables

    def make_log(kind: str) -> Print:
        def write(line: str) -> None:
            log(paths.change(line))
            if telemetry.is_wanted:
                telemetry.publish(kind, read_record(line, function.log_format))

        return write

    extensions = find_extensions(sandbox.opt)
    for path in extensions:
        if hint := describe_hidden_program(path, sandbox.opt):
            note(f"starts the extension {path.name}{hint}")

    return Prepared(
        command=command,
        folder=sandbox.task_root,
        variables=variables,
        log=make_log("function"),
        log_extension=make_log("extension"),
        extensions=extensions,
        folders=folders,
    )


def insert_inspector(command: Iterable[str], node: str, port: int) -> Iterator[str]:
    """With Node.js's own debugger, which waits before the first line."""
    for part in command:
        yield part
        if part == node:
            yield f"--inspect-brk={HOST}:{port}"


def describe_init(function: LocalFunction, phase: InitPhase) -> Mapping[str, str]:
    """The record of platform.initStart."""
    return {
        "initializationType": "snap-start" if function.snap_start else "on-demand",
        "phase": phase,
        "functionName": function.name,
        "functionVersion": VERSION,
    }


def read_record(line: str, log_format: str) -> object:
    """A line as the Telemetry API has it: with the log format JSON a document, if it is one."""
    if log_format == "JSON" and line.startswith("{"):
        with suppress(RecursionError, ValueError):
            return json.loads(line)
    return line


def link_lang(function: LocalFunction, files: SandboxFiles, program: str) -> Path | None:
    """The folder of a managed runtime's programs, for what it starts itself."""
    if start_mode(function) is StartMode.BOOTSTRAP:
        return None
    python = ("python3", "python", function.runtime)
    names = ("node",) if start_mode(function) is StartMode.MANAGED_NODE else python
    return files.link_program(program, names)


def new_log_stream_name() -> str:
    return f"{datetime.now(UTC):%Y/%m/%d}/[{VERSION}]{uuid.uuid4().hex}"
