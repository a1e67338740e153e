"""Connections are accepted also where the system is short of something, and that is said once."""

import asyncio
import errno
import logging
import socket
from typing import Any

import pytest

from streambda.local.http import acceptor
from streambda.local.http.acceptor import Acceptor, quiet_accept_errors
from streambda.local.http.server import bind
from tests.support.wait_until import wait_until


class ShortOfDescriptors:
    """A listening socket that cannot accept for some times."""

    def __init__(self, bound: socket.socket, error: int, times: int) -> None:
        self._bound = bound
        self._error = error
        self.left = times

    def accept(self) -> Any:
        if self.left:
            self.left -= 1
            raise OSError(self._error, "not now")
        return self._bound.accept()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bound, name)


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
async def test_without_descriptors_it_waits_and_says_so_once(
    error: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptor, "RETRY_S", 0.01)
    accepted: list[asyncio.BaseTransport] = []

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted.append(transport)

    bound = bind("127.0.0.1", 0)
    short = ShortOfDescriptors(bound, error, times=5)
    accepting = Acceptor(short, Accepted)  # type: ignore[arg-type]
    _, writer = await asyncio.open_connection(*bound.getsockname())
    try:
        await wait_until(lambda: bool(accepted))
    finally:
        writer.close()
        accepted[0].close()
        accepting.close()

    assert short.left == 0
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "cannot accept connections for now: " in record.getMessage()
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize("error", [ConnectionAbortedError, ConnectionResetError, InterruptedError])
async def test_a_client_that_has_left_is_no_error(
    error: type[OSError], caplog: pytest.LogCaptureFixture
) -> None:
    bound = bind("127.0.0.1", 0)
    made = asyncio.Event()

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transport.close()
            made.set()

    number = {InterruptedError: errno.EINTR, ConnectionResetError: errno.ECONNRESET}
    code = number.get(error, errno.ECONNABORTED)
    accepting = Acceptor(ShortOfDescriptors(bound, code, 1), Accepted)  # type: ignore[arg-type]
    _, writer = await asyncio.open_connection(*bound.getsockname())
    async with asyncio.timeout(20):
        await made.wait()
    writer.close()
    accepting.close()

    assert not caplog.records


async def test_servers_of_asyncio_without_descriptors_are_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """asyncio tells of each connection that it cannot accept, with a traceback."""
    loop = asyncio.get_running_loop()
    others: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: others.append(context))
    before = loop.get_exception_handler()
    message = "socket.accept() out of system resource"
    with quiet_accept_errors():
        for _ in range(100):
            error = OSError(errno.EMFILE, "Too many open files")
            loop.call_exception_handler({"message": message, "exception": error})
        loop.call_exception_handler({"message": "something else"})

    assert loop.get_exception_handler() is before
    assert others == [{"message": "something else"}]
    [record] = caplog.records
    told, _, reason = record.getMessage().partition(" for now: ")
    assert told == "functions cannot connect to the Runtime API"
    assert reason == "OSError: [Errno 24] Too many open files"
