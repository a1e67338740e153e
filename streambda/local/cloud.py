"""The local cloud: what one CDK assembly describes, running on loopback.

Every function is a process of its own behind a Runtime API, and every endpoint an HTTP server. All of
it lives in the event loop that enters `LocalCloud`, and all of it is gone when that leaves.
"""

import asyncio
import socket
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from streambda.local import calls
from streambda.local.assembly.code_folders import same_code
from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.auth.guard import AuthMode, Guard
from streambda.local.auth.keys import LOCAL_KEY
from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.options import EndpointOptions
from streambda.local.endpoints.running_endpoints import (
    NO_CHANGES,
    EndpointChanges,
    RunningEndpoints,
)
from streambda.local.endpoints.specs import EndpointSpec, EndpointSpecs
from streambda.local.environments.options import CONCURRENCY, IDLE_S, EnvironmentOptions
from streambda.local.environments.pools import Pools
from streambda.local.environments.sandbox_files import SandboxFiles
from streambda.local.faults.faults import NO_FAULTS, Faults
from streambda.local.http.server import HttpServer, bind, bind_all, is_loopback, url_of
from streambda.local.invocation.log_lines import LogLine
from streambda.local.invocation.service import LambdaService
from streambda.local.limits.limits import Limits
from streambda.local.model.assembly import Assembly, UnsupportedResource
from streambda.local.model.changes import FunctionChanges
from streambda.local.model.endpoints import Endpoint, EndpointKind
from streambda.local.model.functions import LocalFunction

if TYPE_CHECKING:
    from streambda.local.console.recorder import Recorder

Log = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudChanges:
    """What `LocalCloud.update` has done: nothing at all if some new code is broken."""

    functions: FunctionChanges
    endpoints: EndpointChanges


class LocalCloud:
    """Serves an assembly for as long as it is entered.

    Args:
        assembly: The folder that `cdk synth` wrote.
        host: The address that every endpoint listens on.
        port: Lambda's API takes this port, function URLs and REST APIs the ones after it, in the
            order of the template. 0 gives every endpoint a free port.
        log: Called with a function's name and a line that it has printed.
        lines: Called with the same lines, each with the invocation that it belongs to.
        concurrency: How many invocations of one function may be in flight, unless it has reserved
            a number of its own.
        idle_s: Seconds until an environment that nobody uses ends; None for never.
        memory_limit: Whether a function with more than its MemorySize is killed.
        options: Who may come in, and how much of AWS's behaviour the endpoints show.
        console: Whether invocations are recorded, and shown on a page at `console_url`: on
            loopback whatever `host` is, and on the port after the last endpoint's.
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
    ) -> None:
        self._path = assembly
        self._host = host
        self._port = port
        self._log = log or (lambda name, line: None)
        self._lines = lines or (lambda line: None)
        self._environments = EnvironmentOptions(
            concurrency=concurrency, idle_s=idle_s, memory_limit=memory_limit
        )
        self._options = options or EndpointOptions()
        # What goes wrong at each kind of endpoint; a change counts from the next request on.
        self.faults: dict[str, Faults] = dict(self._options.faults)
        self._recorder = new_recorder(self._options.limits) if console else None
        self._stack = AsyncExitStack()
        self._inside: _Inside | None = None
        self._exchanges: set[Path] = set()
        self.console_url: str | None = None
        self.unsupported: tuple[UnsupportedResource, ...] = ()

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where each endpoint is; none before the cloud is entered."""
        return tuple(self._inside.endpoints.endpoints) if self._inside else ()

    @property
    def signer(self) -> str | None:
        """ID:SECRET of whom an endpoint with `iam` lets in; None where that is everybody."""
        if self._options.auth is not AuthMode.ENFORCE:
            return None
        # The key that anybody may know is no key elsewhere; others are not for the screen.
        known = LOCAL_KEY in self._options.known_keys(self._host)
        return f"{LOCAL_KEY.id}:{LOCAL_KEY.secret}" if known else "ID:SECRET"

    @property
    def functions(self) -> tuple[LocalFunction, ...]:
        return self._inside.pools.functions if self._inside else ()

    @property
    def lambda_url(self) -> str:
        """The endpoint for an SDK's Lambda client."""
        return next(
            endpoint.url for endpoint in self.endpoints if endpoint.kind is EndpointKind.LAMBDA_API
        )

    async def __aenter__(self) -> Self:
        """Raises `AssemblyError`, `PortInUse` and `LocalCloudError` before anything runs."""
        self._options.check(self._host)
        assembly = read_assembly(self._path)
        async with AsyncExitStack() as stack:
            # Before anything else starts: a port in use is told as such, and nothing is undone.
            count = 1 + len(assembly.function_urls) + len(assembly.rest_apis)
            sockets = bind_all(self._host, self._port, count)
            for bound in sockets:
                stack.enter_context(bound)
            console = self._bind_console(stack, count) if self._recorder else None
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="streambda-"))
            later = stack.enter_context(ExitStack())
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            pools = Pools(SandboxFiles(Path(folder)), tasks, self._say, self._environments)
            inside = _Inside(
                tasks, asyncio.Event(), pools, RunningEndpoints(self._host, tasks, later)
            )
            pools.add(assembly.functions)
            inside.endpoints.open(zip(self._specs(assembly, inside), sockets, strict=True))
            servers = [self._console(console, inside)] if console else []
            stack.push_async_callback(close, inside, servers)
            stack.callback(inside.closing.set)
            self._inside, self.unsupported = inside, assembly.unsupported
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def update(self, assembly: Path) -> CloudChanges:
        """Goes on with another assembly; streams in progress end on the code they began with.

        Endpoints that are in both keep their ports, new ones get a free one. Functions that are
        running change only if their new code comes up. Raises `AssemblyError` and
        `LocalCloudError`; then nothing has changed.
        """
        assert self._inside is not None, "entered"
        read = read_assembly(assembly)
        wanted = await asyncio.to_thread(lambda: list(self._exchanged(read.functions)))
        functions = await self._inside.pools.update(wanted)
        endpoints = NO_CHANGES
        if not functions.broken:
            self.unsupported = read.unsupported
            specs = list(self._specs(read, self._inside))
            endpoints = await self._inside.endpoints.update(specs)
        return CloudChanges(functions=functions, endpoints=endpoints)

    async def exchange(self, folders: Mapping[Path, Path]) -> CloudChanges:
        """Functions whose code lies in one of `folders` go on with the other folder's.

        An `update` whose code is the same leaves them as they are.
        """
        assert self._inside is not None, "entered"
        functions = [
            replace(function, code=folders.get(function.code, function.code))
            if function.code
            else function
            for function in self.functions
        ]
        self._exchanges |= set(folders.values())
        changes = await self._inside.pools.update(functions)
        return CloudChanges(functions=changes, endpoints=NO_CHANGES)

    def _exchanged(self, functions: Iterable[LocalFunction]) -> Iterator[LocalFunction]:
        """`functions`, with the folder that runs already where it holds what is asked for."""
        running = {one.name: one.code for one in self.functions if one.code}
        for function in functions:
            code = running.get(function.name)
            if (
                code
                and code in self._exchanges
                and function.code
                and same_code(code, function.code)
            ):
                function = replace(function, code=code)
            yield function

    def function_url(self, name: str) -> str:
        """Of a function by its name, its id in the stack or its logical id.

        Raises `LocalCloudError`.
        """
        return calls.function_url(self.endpoints, self._find(name))

    def rest_api(self, name: str | None = None, stage: str | None = None) -> str:
        """The URL of an API's stage; neither need be named if there is one.

        Raises `LocalCloudError`.
        """
        return calls.rest_api(self.endpoints, name, stage)

    async def invoke_stream(self, name: str, event: Any = None) -> AsyncGenerator[bytes]:
        """The function's bytes as they come, without an endpoint; see `calls.invoke_stream`."""
        assert self._inside is not None, "entered"
        function = self._find(name)
        stream = calls.invoke_stream(
            self._service(self._inside), self._inside.tasks, function, event
        )
        async with aclosing(stream):
            async for chunk in stream:
                yield chunk

    def _find(self, name: str) -> LocalFunction:
        assert self._inside is not None, "entered"
        return calls.find(self._inside.pools.names, name)

    def _service(self, inside: "_Inside") -> LambdaService:
        new_observer = self._recorder.start_recording if self._recorder else None
        return LambdaService(inside.pools, self._note, new_observer)

    def _note(self, name: str, line: str) -> None:
        """What an endpoint has to say of a function, or of itself."""
        self._say(LogLine(function=name, request_id=None, text=line))

    def _say(self, line: LogLine) -> None:
        self._log(line.function, line.text)
        self._lines(line)

    def _console(self, bound: socket.socket, inside: "_Inside") -> HttpServer:
        from streambda.local.console.api import ConsoleApi

        assert self._recorder is not None, "made with the console"
        endpoints = inside.endpoints.endpoints
        api = ConsoleApi(self._recorder, inside.pools, endpoints, inside.tasks)
        server = HttpServer(api.build_app(), bound)
        inside.tasks.create_task(server.serve_socket())
        self.console_url = f"{url_of(bound)}/"
        return server

    def _bind_console(self, stack: AsyncExitStack, endpoints: int) -> socket.socket:
        # It starts functions and asks nobody who they are: never on more than this machine.
        host = self._host if is_loopback(self._host) else "127.0.0.1"
        return stack.enter_context(bind(host, self._port + endpoints if self._port else 0))

    def _specs(self, assembly: Assembly, inside: "_Inside") -> Iterator[EndpointSpec]:
        options = self._options
        keys = options.known_keys(self._host)
        service = self._service(inside)

        def context(kind: EndpointKind, name: str) -> EndpointContext:
            def log(line: str) -> None:
                self._note(name, f"{kind} {line}")

            return EndpointContext(
                service.for_endpoint(kind),
                inside.tasks,
                inside.closing,
                guard=Guard(options.auth, keys, options.jwks, log),
                limits=options.limits,
                faults=lambda: self.faults.get(kind, NO_FAULTS),
            )

        return EndpointSpecs(assembly, context).specs()


@dataclass(frozen=True, slots=True)
class _Inside:
    """What there is while a cloud is entered."""

    tasks: asyncio.TaskGroup
    closing: asyncio.Event
    pools: Pools
    endpoints: RunningEndpoints


async def close(inside: _Inside, servers: list[HttpServer]) -> None:
    # Functions first: an endpoint waits for its invocation, an invocation for nobody.
    inside.pools.close()
    await inside.endpoints.hang_up()
    await asyncio.gather(*(server.hang_up() for server in servers))


def new_recorder(limits: Limits) -> "Recorder":
    # Who has no console does not pay for its imports.
    from streambda.local.console.recorder import Recorder

    return Recorder(limits.prelude)
