"""The endpoints that are open: a server and a port each, which outlive what is behind them."""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from starlette.types import ASGIApp, Receive, Scope, Send

from streambda.local.endpoints.specs import EndpointSpec
from streambda.local.http.server import EndpointServer, bind, url_of
from streambda.local.model.endpoints import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointChanges:
    added: tuple[Endpoint, ...]
    changed: tuple[Endpoint, ...]
    removed: tuple[Endpoint, ...]


NO_CHANGES = EndpointChanges(added=(), changed=(), removed=())


class Switch:
    """An application in front of another, which requests from now on may find replaced."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class RunningEndpoint:
    def __init__(self, spec: EndpointSpec, bound: socket.socket, tasks: asyncio.TaskGroup) -> None:
        self.spec = spec
        self._switch = Switch(spec.app)
        self._base = url_of(bound)
        self._server = EndpointServer(self._switch, bound)
        self._task = tasks.create_task(self._server.run_endpoint())

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(
            replace(endpoint, url=self._base + endpoint.url) for endpoint in self.spec.endpoints
        )

    def change(self, spec: EndpointSpec) -> None:
        self.spec = spec
        self._switch.app = spec.app

    async def hang_up(self) -> None:
        await self._server.hang_up()

    async def close(self) -> None:
        await self.hang_up()
        await self._task


class RunningEndpoints:
    """Args: `stack` closes the sockets in the end."""

    def __init__(self, host: str, tasks: asyncio.TaskGroup, stack: ExitStack) -> None:
        self._host = host
        self._tasks = tasks
        self._stack = stack
        self._open: dict[str, RunningEndpoint] = {}
        # In place, so that whoever shows the endpoints sees what there are now.
        self.endpoints: list[Endpoint] = []

    def open(self, specs: Iterable[tuple[EndpointSpec, socket.socket]]) -> None:
        for spec, bound in specs:
            self._open[spec.key] = RunningEndpoint(spec, bound, self._tasks)
        self._list()

    async def update(self, specs: list[EndpointSpec]) -> EndpointChanges:
        """All of `specs`, and no others. New ones get a free port. Raises `LocalCloudError`."""
        changes = EndpointChanges(
            added=self._add([one for one in specs if one.key not in self._open]),
            changed=self._change([one for one in specs if one.key in self._open]),
            removed=await self._remove({one.key for one in specs}),
        )
        self._list()
        return changes

    async def hang_up(self) -> None:
        await asyncio.gather(*(one.hang_up() for one in self._open.values()))

    def _add(self, specs: list[EndpointSpec]) -> tuple[Endpoint, ...]:
        bound = [self._stack.enter_context(bind(self._host, 0)) for _ in specs]
        self.open(zip(specs, bound, strict=True))
        return tuple(endpoint for one in specs for endpoint in self._open[one.key].endpoints)

    def _change(self, specs: list[EndpointSpec]) -> tuple[Endpoint, ...]:
        changed = [one for one in specs if self._open[one.key].spec.made_of != one.made_of]
        for one in changed:
            self._open[one.key].change(one)
        return tuple(endpoint for one in changed for endpoint in self._open[one.key].endpoints)

    async def _remove(self, kept: set[str]) -> tuple[Endpoint, ...]:
        gone = [self._open.pop(key) for key in self._open.keys() - kept]
        await asyncio.gather(*(one.close() for one in gone))
        return tuple(endpoint for one in gone for endpoint in one.endpoints)

    def _list(self) -> None:
        self.endpoints[:] = [endpoint for one in self._open.values() for endpoint in one.endpoints]
