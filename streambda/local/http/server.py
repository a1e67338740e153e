"""Sockets and HTTP servers: one uvicorn server per port, all in this event loop."""

import asyncio
import errno
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from streambda.local.http.acceptor import Acceptor
from streambda.local.http.bounded_protocol import BoundedProtocol, ConnectionTable
from streambda.local.http.protocol import EndpointProtocol
from streambda.local.model.errors import LocalCloudError, PortInUse

LAST_PORT = 65_535
DATE_S = 1.0  # how old a `date` header may be


def bind_all(host: str, port: int, count: int) -> list[socket.socket]:
    """All the ports or none: `port` and those after it, or free ones for port 0.

    Raises `PortInUse` and `LocalCloudError`.
    """
    if port and port + count - 1 > LAST_PORT:
        message = f"from port {port} on there are too few ports for {count} endpoints"
        raise LocalCloudError(f"{message}, expected at most {LAST_PORT - count + 1}")
    with ExitStack() as stack:
        ports = range(port, port + count) if port else [0] * count
        bound = [stack.enter_context(bind(host, one)) for one in ports]
        stack.pop_all()
        return bound


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `PortInUse` and `LocalCloudError`."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise LocalCloudError(f"cannot listen on host {host!r}: {error.strerror}") from error
    try:
        # An endpoint that was closed a moment ago must not keep its port from us.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen()
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port} on {host} is in use by another program") from error
        message = f"cannot listen on {host} port {port}: {error.strerror}"
        raise LocalCloudError(message) from error
    bound.setblocking(False)
    return bound


def url_of(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if bound.family is socket.AF_INET6 else f"http://{host}:{port}"


class HttpServer(uvicorn.Server):
    """A server that leaves signals to the program and can close every connection at once."""

    def __init__(
        self, app: ASGIApp, bound: socket.socket, table: ConnectionTable | None = None
    ) -> None:
        config = uvicorn.Config(
            app,
            # httptools: compared with h11 it sends half as many chunks again, and answers a request
            # in half the time.
            http=EndpointProtocol,
            ws="none",
            lifespan="off",
            loop="none",
            # A truncated stream is normal here, and no reason for a traceback.
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            # The endpoints make their own forwarding headers, from the socket.
            proxy_headers=False,
        )
        super().__init__(config)
        self._bound = bound
        self._table = table or ConnectionTable()
        self._acceptor: Acceptor | None = None
        self._leaving = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def serve_socket(self) -> None:
        await self.serve([self._bound])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # In place of asyncio's own servers, which accept without limit.
        self._acceptor = Acceptor(self._bound, self._make_protocol, self._table.make_room)
        self._table.listeners.append(self._acceptor.resume)
        self.started = True

    def _make_protocol(self) -> BoundedProtocol:
        return BoundedProtocol(
            self._table,
            config=self.config,
            server_state=self.server_state,
            app_state={},
        )

    async def main_loop(self) -> None:
        # uvicorn's own looks ten times a second whether it is to end; this one is woken instead.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(DATE_S):
                    await self._leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn's own waits for open connections; here `hang_up` has closed them.
        if self._acceptor:
            self._table.listeners.remove(self._acceptor.resume)
            self._acceptor.close()
        self._abort()

    async def hang_up(self) -> None:
        """Ends every connection, at once, and the requests in progress with it."""
        self.should_exit = self.force_exit = True
        self._leaving.set()
        self._abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
