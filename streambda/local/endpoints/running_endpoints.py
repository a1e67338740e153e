"""The endpoints that are open: each has a server and a port, and keeps them in an update."""

import asyncio
import logging
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace

from starlette.types import ASGIApp, Receive, Scope, Send

from streambda.local.endpoints.specs import EndpointSpec
from streambda.local.http.bounded_protocol import ConnectionTable
from streambda.local.http.request import ClientLeft
from streambda.local.http.server import HttpServer, bind, url_of
from streambda.local.http.web_pages import OwnHostOnly, is_loopback
from streambda.local.model.changes import EndpointChanges
from streambda.local.model.endpoints import Endpoint
from streambda.local.model.one_line import describe_error

logger = logging.getLogger("streambda.local")


class ReplaceableApp:
    """An application in front of another, which can be replaced for the requests from then on.

    Args: `name` is for the line about an unexpected error; the client gets 500.
    """

    def __init__(self, app: ASGIApp, name: str) -> None:
        self.app = app
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except ClientLeft:
            raise
        except Exception as error:
            logger.error("%s failed on a request: %s", self._name, describe_error(error))
            raise


class RunningEndpoint:
    def __init__(
        self,
        spec: EndpointSpec,
        bound: socket.socket,
        tasks: asyncio.TaskGroup,
        connections: ConnectionTable,
    ) -> None:
        self.spec = spec
        self._base_url = url_of(bound)
        self._app = ReplaceableApp(spec.app, self._base_url)
        app: ASGIApp = self._app
        if is_loopback(bound.getsockname()[0]):
            app = OwnHostOnly(app, self._base_url)
        self._server = HttpServer(app, bound, connections)
        self._task = tasks.create_task(self._server.serve_socket())

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(
            replace(endpoint, url=self._base_url + endpoint.url) for endpoint in self.spec.endpoints
        )

    def replace_app(self, spec: EndpointSpec) -> None:
        self.spec = spec
        self._app.app = spec.app

    async def hang_up(self) -> None:
        await self._server.hang_up()

    async def close(self) -> None:
        await self.hang_up()
        await self._task


class RunningEndpoints:
    """Args: `stack` closes the sockets at the end."""

    def __init__(self, host: str, tasks: asyncio.TaskGroup, stack: ExitStack) -> None:
        self._host = host
        self._tasks = tasks
        self._stack = stack
        self._connections = ConnectionTable()  # of all, since file descriptors are of all
        self._running: dict[str, RunningEndpoint] = {}  # by the key of the spec
        # Changed in place, so that whoever shows the endpoints has those of this moment.
        self.endpoints: list[Endpoint] = []

    def open(self, specs: Iterable[tuple[EndpointSpec, socket.socket]]) -> None:
        for spec, bound in specs:
            self._running[spec.key] = RunningEndpoint(spec, bound, self._tasks, self._connections)
        self._update_list()

    async def update(self, specs: list[EndpointSpec]) -> EndpointChanges:
        """Runs all of `specs` and no others; new ones get a free port. Raises `LocalCloudError`."""
        changes = EndpointChanges(
            added=self._add([one for one in specs if one.key not in self._running]),
            changed=self._change([one for one in specs if one.key in self._running]),
            removed=await self._remove_others({one.key for one in specs}),
        )
        self._update_list()
        return changes

    async def hang_up(self) -> None:
        await asyncio.gather(*(one.hang_up() for one in self._running.values()))

    def _add(self, specs: list[EndpointSpec]) -> tuple[Endpoint, ...]:
        bound = [self._stack.enter_context(bind(self._host, 0)) for _ in specs]
        self.open(zip(specs, bound, strict=True))
        return list_endpoints(self._running[one.key] for one in specs)

    def _change(self, specs: list[EndpointSpec]) -> tuple[Endpoint, ...]:
        running = [(self._running[spec.key], spec) for spec in specs]
        changed = [(one, spec) for one, spec in running if one.spec.definition != spec.definition]
        for one, spec in changed:
            one.replace_app(spec)
        return list_endpoints(one for one, _ in changed)

    async def _remove_others(self, keys: set[str]) -> tuple[Endpoint, ...]:
        removed = [self._running.pop(key) for key in self._running.keys() - keys]
        await asyncio.gather(*(one.close() for one in removed))
        return list_endpoints(removed)

    def _update_list(self) -> None:
        self.endpoints[:] = list_endpoints(self._running.values())


def list_endpoints(running: Iterable[RunningEndpoint]) -> tuple[Endpoint, ...]:
    return tuple(endpoint for one in running for endpoint in one.endpoints)
