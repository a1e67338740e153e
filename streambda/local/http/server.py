"""Endpoints on sockets: one uvicorn server per port, all in this event loop."""

import asyncio
import errno
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp

from streambda.local.model.errors import LocalCloudError, PortInUse

LAST_PORT = 65_535
DATE_S = 1.0  # how old a `date` header may be


def bind_all(host: str, port: int, count: int) -> list[socket.socket]:
    """All the ports, or none of them; port 0 takes free ones, another is the first in a row."""
    if port and port + count - 1 > LAST_PORT:
        message = f"port {port} and those after it are too few for {count} endpoints"
        raise LocalCloudError(f"{message}, expected at most {LAST_PORT - count + 1}")
    with ExitStack() as stack:
        ports = range(port, port + count) if port else [0] * count
        bound = [stack.enter_context(bind(host, one)) for one in ports]
        stack.pop_all()
        return bound


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
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


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it. A name other than localhost counts as a stranger."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class EndpointServer(uvicorn.Server):
    """A server that leaves signals to the program and can hang up on everybody."""

    def __init__(self, app: ASGIApp, bound: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            # Named, so that other packages on this machine do not change what is served. Beside h11
            # it carries half as many chunks again, and answers a request in half the time.
            http="httptools",
            ws="none",
            lifespan="off",
            loop="none",
            # A cut stream is our business as usual, and no reason for a traceback.
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            # The endpoints make their own forwarding headers, from the socket.
            proxy_headers=False,
        )
        super().__init__(config)
        self._bound = bound
        self._leaving = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def run_endpoint(self) -> None:
        await self.serve([self._bound])

    async def main_loop(self) -> None:
        # uvicorn's own looks ten times a second whether it is to end: endpoints close at once instead.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(DATE_S):
                    await self._leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Nor is there anybody to give a pause to: they have been hung up on.
        for server in self.servers:
            server.close()
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
