"""The local cloud: what one CDK assembly describes, running on this machine.

Each environment of a function is a process behind a Runtime API, each endpoint an HTTP server. All
of it runs in the event loop that enters `LocalCloud`, and ends when that is left.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from streambda.local import calls
from streambda.local.assembly_reader import (
    AssemblyReader,
    ParameterOption,
    ValueSources,
    list_unresolved,
)
from streambda.local.auth.guard import AuthMode, Guard
from streambda.local.auth.keys import LOCAL_KEY
from streambda.local.debugged_functions import find_debug_ports
from streambda.local.debugger.options import DebugOption, parse_debug
from streambda.local.edited_code import EditedCode
from streambda.local.endpoints.call_chains import CallChains
from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.endpoints.options import EndpointOptions
from streambda.local.endpoints.running_endpoints import RunningEndpoints
from streambda.local.endpoints.specs import EndpointSpec, make_specs
from streambda.local.environments.options import CONCURRENCY, IDLE_S, EnvironmentOptions
from streambda.local.environments.orphan_guard import run_orphan_guard
from streambda.local.environments.pools import Pools
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.environments.shown_paths import no_source
from streambda.local.faults.faults import NO_FAULTS, Faults
from streambda.local.http.acceptor import quiet_accept_errors
from streambda.local.http.server import HttpServer, bind, bind_all, url_of
from streambda.local.http.web_pages import is_loopback
from streambda.local.invocation.log_lines import LogLine
from streambda.local.invocation.service import LambdaService
from streambda.local.isolated_tasks import IsolatedTasks
from streambda.local.line_callbacks import LineCallbacks, Log
from streambda.local.model.assembly import Assembly, UnsupportedResource
from streambda.local.model.changes import CloudChanges
from streambda.local.model.endpoints import Endpoint, EndpointKind
from streambda.local.model.functions import LocalFunction
from streambda.local.model.place import Place
from streambda.local.observers import Observers
from streambda.local.records.options import RecordOptions
from streambda.local.temporary_folder import temporary_folder
from streambda.local.values.credentials import CredentialsMode, FunctionCredentials
from streambda.local.values.env_files import EnvFileOption
from streambda.local.values.layers import LayerOption
from streambda.local.watch.source_finder import SourceFinder, find_app_folder

logger = logging.getLogger("streambda.local")


class LocalCloud:
    """Serves an assembly. An asynchronous context manager: it runs until its block is left.

    Args:
        assembly: The folder that `cdk synth` wrote, or a template of SAM or CloudFormation.
        host: The address that every endpoint listens on.
        port: Lambda's API takes this port, function URLs and REST APIs the ones after it, in the
            order of the template. 0 gives every endpoint a free port.
        log: Called with a function's name and a line that it has printed. An exception of its own
            is logged to "streambda.local" and ends nothing.
        lines: Called with the same lines, each with the invocation that it belongs to.
        concurrency: The maximum number of concurrent invocations of one function, unless the
            template reserves a number for it.
        idle_s: Seconds until an environment that is not used ends; None for never.
        memory_limit: Whether a function that uses more than its MemorySize is killed.
        options: Auth, limits and faults of the endpoints.
        console: Whether invocations are recorded and shown on a page at `console_url`: always on
            loopback, whatever `host` is, and on the port after the last endpoint's.
        env_file: A dotenv file with variables for all functions, "FUNCTION=FILE" for one, several
            of these, or a mapping of functions to files. Read again with every `update`.
        parameters: Values of the templates' parameters by NAME or STACK:NAME, or texts such as
            "NAME=VALUE".
        from_stack: Names of deployed stacks, whose outputs and physical names functions get.
        credentials: Whose credentials functions have: "developer", yours, or "none", dummy ones.
        profile: Of your AWS configuration, for these credentials and `from_stack`.
        debug: "FUNCTION" or "FUNCTION=PORT", several of them, or ports by function: each starts at
            once under debugpy, waits for a debugger, and has no time-outs.
        layers: Folders and zips in place of layers that only AWS has, by ARN; or "ARN=PATH" texts.
        sources: The app's folder, whose paths log lines show in place of those of a bundle. By
            default the folder that the assembly lies in, if it has a cdk.json.
        records: A file that invocations are recorded in, and one that the console shows.
        stack_name: Of a template; by default that of its folder.
        sam_config: "FILE" or "FILE:ENVIRONMENT", a samconfig.toml with values for a template.
    """

    def __init__(
        self,
        assembly: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        log: Log | None = None,
        lines: Callable[[LogLine], None] | None = None,
        concurrency: int = CONCURRENCY,
        idle_s: float | None = IDLE_S,
        memory_limit: bool = True,
        options: EndpointOptions | None = None,
        console: bool = False,
        env_file: EnvFileOption = (),
        parameters: ParameterOption = (),
        from_stack: str | Iterable[str] | None = (),
        credentials: str = CredentialsMode.DEVELOPER,
        profile: str | None = None,
        debug: DebugOption = (),
        layers: LayerOption = (),
        sources: Path | None = None,
        records: RecordOptions | None = None,
        stack_name: str | None = None,
        sam_config: str | Path | None = None,
    ) -> None:
        """Raises `LocalCloudError` for an option that is not as expected."""
        self._path = assembly
        self._host = host
        self._port = port
        self._callbacks = LineCallbacks(log, lines)
        self._credentials = FunctionCredentials(CredentialsMode.parse(credentials), profile)
        values = (env_file, parameters, from_stack, profile, layers, stack_name, sam_config)
        self._reader = AssemblyReader(ValueSources.make(*values))
        self._options = options or EndpointOptions()
        self._debug = parse_debug(debug)
        self._sources = sources or find_app_folder(assembly)
        self._environments = EnvironmentOptions(
            concurrency=concurrency,
            idle_s=idle_s,
            memory_limit=memory_limit,
            credentials=self._credentials.variables,
            find_source=SourceFinder(self._sources).find if self._sources else no_source,
            timeout_s=self._options.limits.timeout,
        )
        # By kind of endpoint; a change counts from the next request on.
        self.faults: dict[str, Faults] = dict(self._options.faults)
        self._observers = Observers(
            self._options.limits.prelude,
            console=console,
            records=records or RecordOptions(),
            log=self._log_note,
        )
        self._inventory = Inventory()
        self._chains = CallChains()
        self._stack = AsyncExitStack()
        self._running: _RunningCloud | None = None
        self._edited = EditedCode()
        self.console_url: str | None = None
        self.unsupported: tuple[UnsupportedResource, ...] = ()
        self.credentials = ""  # whose credentials functions have, in words

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """With their URLs; none before the cloud is entered."""
        return tuple(self._running.endpoints.endpoints) if self._running else ()

    @property
    def signer(self) -> str | None:
        """ID:SECRET of a key that may sign requests; None if no request need be signed."""
        if self._options.auth is not AuthMode.ENFORCE:
            return None
        # The local key is refused on other hosts, since anybody may know it; others are secret.
        known = LOCAL_KEY in self._options.known_keys(self._host)
        return f"{LOCAL_KEY.id}:{LOCAL_KEY.secret}" if known else "ID:SECRET"

    @property
    def functions(self) -> tuple[LocalFunction, ...]:
        return self._running.pools.functions if self._running else ()

    @property
    def unresolved(self) -> Mapping[str, Mapping[str, str]]:
        """By function the variables that are known only after deployment, and what they need."""
        return {one.name: one.unresolved for one in self.functions if one.unresolved}

    @property
    def lambda_url(self) -> str:
        """The endpoint for an SDK's Lambda client."""
        return next(
            endpoint.url for endpoint in self.endpoints if endpoint.kind is EndpointKind.LAMBDA_API
        )

    async def __aenter__(self) -> Self:
        """Raises `AssemblyError`, `PortInUse` and `LocalCloudError` before anything runs."""
        self._options.check_host(self._host)
        assembly = await asyncio.to_thread(self._reader.read, self._path)
        self.credentials = await asyncio.to_thread(self._credentials.describe)
        environments = replace(
            self._environments, debug_ports=find_debug_ports(self._debug, assembly.functions)
        )
        async with AsyncExitStack() as stack:
            # Before anything else starts: if a port is in use, there is nothing to undo.
            stack.enter_context(quiet_accept_errors())
            await asyncio.to_thread(stack.enter_context, self._observers)
            stack.push_async_callback(self._observers.finish)
            apis = len(assembly.rest_apis) + len(assembly.http_apis)
            count = 1 + len(assembly.function_urls) + apis
            sockets = bind_all(self._host, self._port, count)
            for bound in sockets:
                stack.enter_context(bound)
            console_socket = self._bind_console(stack, count) if self._observers.recorder else None
            folder = stack.enter_context(temporary_folder())
            new_sockets = stack.enter_context(ExitStack())
            orphans = await stack.enter_async_context(run_orphan_guard())
            tasks = await stack.enter_async_context(IsolatedTasks(logger.error))
            running = _RunningCloud(
                tasks=tasks,
                closing=asyncio.Event(),
                pools=Pools(
                    SandboxFiles(folder, self._options.limits.unzipped, self._sources),
                    tasks,
                    self._log_function,
                    environments,
                    orphans,
                ),
                endpoints=RunningEndpoints(self._host, tasks, new_sockets),
            )
            running.pools.add(assembly.functions)
            specs = self._make_specs(assembly, running)
            running.endpoints.open(zip(specs, sockets, strict=True))
            console = self._start_console(console_socket, running) if console_socket else None
            stack.push_async_callback(close, running, console)
            stack.callback(running.closing.set)
            self._running, self.unsupported = running, assembly.unsupported
            self._log_gaps(assembly.functions)
            running.pools.start_debugged()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def update(self, assembly: Path) -> CloudChanges:
        """Goes on with another assembly; streams in progress end on the code they began with.

        Endpoints that are in both keep their ports, new ones get a free one. Functions that are
        running change only if their new code starts. Raises `AssemblyError` and `LocalCloudError`;
        then nothing has changed.
        """
        assert self._running is not None, "entered"
        new = await asyncio.to_thread(self._reader.read, assembly)
        before = self.functions
        functions = await asyncio.to_thread(self._edited.keep, new.functions, before)
        if broken := await asyncio.to_thread(self._edited.find_broken, functions):
            return CloudChanges(functions=broken)
        function_changes = await self._running.pools.update(functions)
        if function_changes.broken:
            return CloudChanges(functions=function_changes)
        self.unsupported = new.unsupported
        self._log_gaps(new.functions, before)
        endpoint_changes = await self._running.endpoints.update(
            self._make_specs(new, self._running)
        )
        return CloudChanges(functions=function_changes, endpoints=endpoint_changes)

    async def replace_code(self, folders: Mapping[Path, Path]) -> CloudChanges:
        """Functions whose code is one of `folders` go on with the folder that it maps to.

        They keep it in an `update` to an assembly with the same code.
        """
        assert self._running is not None, "entered"
        functions = self._edited.replace(self.functions, folders)
        changes = await self._running.pools.update(functions)
        self._edited.remember(functions, changes)
        return CloudChanges(functions=changes)

    def function_url(self, name: str) -> str:
        """Of a function by its name, id in the stack or logical id. Raises `LocalCloudError`."""
        return calls.find_function_url(self.endpoints, self._find_function(name))

    def rest_api(self, name: str | None = None, stage: str | None = None) -> str:
        """Of an API's stage; the only one need not be named. Raises `LocalCloudError`."""
        return calls.find_rest_api(self.endpoints, name, stage)

    async def invoke_stream(self, name: str, event: Any = None) -> AsyncGenerator[bytes]:
        """The function's bytes as they come, without an endpoint: see `calls.invoke_stream`."""
        assert self._running is not None, "entered"
        stream = calls.invoke_stream(
            self._make_service(self._running),
            self._running.tasks,
            self._find_function(name),
            event,
        )
        async with aclosing(stream):
            async for chunk in stream:
                yield chunk

    def _find_function(self, name: str) -> LocalFunction:
        assert self._running is not None, "entered"
        return calls.find_function(self._running.pools.names, name)

    def _make_service(self, running: "_RunningCloud") -> LambdaService:
        return LambdaService(running.pools, self._log_note, self._observers.new_observer)

    def _make_specs(self, assembly: Assembly, running: "_RunningCloud") -> list[EndpointSpec]:
        options = self._options
        keys = options.known_keys(self._host)
        service = self._make_service(running)

        def make_context(kind: EndpointKind, name: str, places: Sequence[Place]) -> EndpointContext:
            def log(line: str) -> None:
                self._log_note(name, f"{kind} {line}")

            return EndpointContext(
                service.for_endpoint(kind),
                running.tasks,
                running.closing,
                guard=Guard(options.auth, keys, options.jwks, log, places=places),
                limits=options.limits,
                faults=lambda: self.faults.get(kind, NO_FAULTS),
                log=log,
                locate=self._inventory.replace_addresses,
                chains=self._chains,
            )

        self._inventory.endpoints = running.endpoints.endpoints
        return list(make_specs(assembly, make_context, self._inventory))

    def _log_gaps(
        self, functions: Iterable[LocalFunction], before: Iterable[LocalFunction] = ()
    ) -> None:
        """Variables without a value, by function, and values of env files that are ignored."""
        for name, line in list_unresolved(functions, before):
            self._log_note(name, line)
        for line in self._reader.notes:
            self._log_note("env-file", line)

    def _log_note(self, name: str, line: str) -> None:
        """A line of an endpoint, about a function or about itself."""
        self._log_line(LogLine(function=name, request_id=None, text=line))

    def _log_function(self, line: LogLine) -> None:
        """A line that is in the function's log on AWS, too."""
        self._inventory.logs.add(line)
        self._log_line(line)

    def _log_line(self, line: LogLine) -> None:
        self._callbacks.call(line)

    def _bind_console(self, stack: AsyncExitStack, endpoints: int) -> socket.socket:
        # It starts functions without asking who calls: never for more than this machine.
        host = self._host if is_loopback(self._host) else "127.0.0.1"
        return stack.enter_context(bind(host, self._port + endpoints if self._port else 0))

    def _start_console(self, bound: socket.socket, running: "_RunningCloud") -> HttpServer:
        endpoints = running.endpoints.endpoints
        console = self._observers.make_console(running.pools, endpoints, running.tasks)
        server = HttpServer(console, bound)
        running.tasks.create_task(server.serve_socket())
        self.console_url = f"{url_of(bound)}/"
        return server


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunningCloud:
    """What exists while a cloud runs."""

    tasks: asyncio.TaskGroup
    closing: asyncio.Event
    pools: Pools
    endpoints: RunningEndpoints


async def close(running: _RunningCloud, console: HttpServer | None) -> None:
    # Functions first: endpoints wait for their invocations, and invocations for nobody.
    running.pools.close()
    await running.endpoints.hang_up()
    if console:
        await console.hang_up()
