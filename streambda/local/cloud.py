"""The local cloud: what one CDK assembly describes, running on loopback.

Every function is a process of its own behind a Runtime API, and every door an HTTP server. All of
it lives in the event loop that enters `LocalCloud`, and all of it is gone when that leaves.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

from starlette.types import ASGIApp

from streambda.local.assembly import read_assembly
from streambda.local.environments import MOST_ENVIRONMENTS, FunctionPool
from streambda.local.function_url import FunctionUrlDoor
from streambda.local.functions import Assembly, LambdaIntegration, LocalFunction, RestApi
from streambda.local.invoke import invoke_door
from streambda.local.rest_api import RestApiDoor
from streambda.local.sandbox_files import SandboxFiles
from streambda.local.servers import DoorServer, bind_all, url_of
from streambda.local.service import LambdaService

Log = Callable[[str, str], None]


class DoorKind(StrEnum):
    LAMBDA_API = "lambda-api"
    FUNCTION_URL = "function-url"
    REST_API = "rest-api"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRoute:
    """One method of a REST API that reaches a function."""

    method: str
    path: str  # below the door's URL
    streams: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    kind: DoorKind
    name: str  # of the function, or of the API and its stage
    url: str
    streams: bool = True
    routes: tuple[DoorRoute, ...] = ()


@dataclass(frozen=True, slots=True)
class _Opening:
    """An application that gets a port, and the doors that it will be; their URLs are paths yet."""

    app: ASGIApp
    doors: tuple[Door, ...]


class LocalCloud:
    """Serves an assembly for as long as it is entered.

    Args:
        assembly: The folder that `cdk synth` wrote.
        host: The address that every door listens on.
        port: Lambda's API takes this port, function URLs and REST APIs the ones after it, in the
            order of the template. 0 gives every door a free port.
        log: Called with a function's name and a line that it has printed.
        concurrency: How many invocations of one function may be in flight.
    """

    def __init__(
        self,
        assembly: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        log: Log | None = None,
        concurrency: int = MOST_ENVIRONMENTS,
    ) -> None:
        self._path = assembly
        self._host = host
        self._port = port
        self._log = log or (lambda name, line: None)
        self._concurrency = concurrency
        self._stack = AsyncExitStack()
        self.doors: tuple[Door, ...] = ()
        self.functions: tuple[LocalFunction, ...] = ()

    @property
    def lambda_url(self) -> str:
        """The endpoint for an SDK's Lambda client."""
        return next(door.url for door in self.doors if door.kind is DoorKind.LAMBDA_API)

    async def __aenter__(self) -> Self:
        """Raises `AssemblyError` and `PortInUse` before anything runs."""
        assembly = read_assembly(self._path)
        async with AsyncExitStack() as stack:
            # Before anything else starts: a port in use is told as such, and nothing is undone.
            count = 1 + len(assembly.function_urls) + len(assembly.rest_apis)
            sockets = bind_all(self._host, self._port, count)
            for bound in sockets:
                stack.enter_context(bound)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="streambda-"))
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            files = SandboxFiles(Path(folder))
            pools = [self._pool(function, files, tasks) for function in assembly.functions]
            service = LambdaService(pools, self._log)
            openings = list(door_openings(assembly, service, tasks))
            servers = [
                DoorServer(one.app, bound) for one, bound in zip(openings, sockets, strict=True)
            ]
            for server in servers:
                tasks.create_task(server.run_door())
            stack.push_async_callback(close, pools, servers)
            self._stack = stack.pop_all()
        self.functions = assembly.functions
        self.doors = tuple(
            replace(door, url=url_of(bound) + door.url)
            for one, bound in zip(openings, sockets, strict=True)
            for door in one.doors
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _pool(
        self, function: LocalFunction, files: SandboxFiles, tasks: asyncio.TaskGroup
    ) -> FunctionPool:
        def log(line: str) -> None:
            self._log(function.name, line)

        return FunctionPool(function, files, tasks, log, self._concurrency)


def door_openings(
    assembly: Assembly, service: LambdaService, tasks: asyncio.TaskGroup
) -> Iterator[_Opening]:
    api_door = Door(kind=DoorKind.LAMBDA_API, name="lambda", url="")
    yield _Opening(invoke_door(service, tasks), (api_door,))
    for url in assembly.function_urls:
        function = service.names.find(url.function_name)
        door = Door(kind=DoorKind.FUNCTION_URL, name=function.name, url="/", streams=url.streaming)
        yield _Opening(FunctionUrlDoor(url, function, service), (door,))
    for api in assembly.rest_apis:
        yield _Opening(RestApiDoor(api, service), tuple(_stage_doors(api)))


def _stage_doors(api: RestApi) -> Iterator[Door]:
    routes = tuple(
        DoorRoute(method=route.method, path=route.path, streams=route.integration.streaming)
        for route in api.routes
        if isinstance(route.integration, LambdaIntegration)
    )
    for stage in api.stages:
        name, path = f"{api.name}/{stage.name}", f"/{stage.name}/"
        yield Door(kind=DoorKind.REST_API, name=name, url=path, routes=routes)


async def close(pools: list[FunctionPool], servers: list[DoorServer]) -> None:
    # Functions first: a door waits for its invocation, an invocation for nobody.
    for pool in pools:
        pool.close()
    await asyncio.gather(*(server.hang_up() for server in servers))
