"""The quick ways of an async response: small chunks in a burst, an answer that comes at once."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from streambda_runtime.aio import response_stream
from tests.support.fake_runtime_api import WAIT_S
from tests.support.run_runtime import run_until_error
from tests.support.scripted_runtime_api import (
    ACCEPTED,
    GONE,
    NEXT,
    read_after,
    read_until,
    serve_script,
)

LINE = b"%06d" + b"x" * 994
COUNT = 20_000  # more than the socket's buffers hold


@pytest.fixture(autouse=True)
def endless_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, no chunk after the first is one of a new burst."""
    monkeypatch.setattr(response_stream, "LOOK_EVERY_S", 1000.0)


def test_a_burst_that_fills_the_socket_waits_without_blocking_the_loop() -> None:
    """The peer reads nothing until another task has run: only a full socket lets it."""
    ticked = threading.Event()
    received = bytearray()

    async def tick() -> None:
        ticked.set()

    async def handler(event: Any, context: Any) -> AsyncIterator[bytes]:
        other = asyncio.ensure_future(tick())
        for number in range(COUNT):
            yield LINE % number
        await other

    with serve_script(read_after(ticked, received)) as address:
        run_until_error(address, handler, GONE)

    lines = (LINE % number for number in range(COUNT))
    expected = b"".join(b"%x\r\n%b\r\n" % (len(line), line) for line in lines)
    assert received.partition(b"\r\n\r\n")[2] == expected + b"0\r\n\r\n"


def test_a_peer_that_goes_away_ends_a_burst_and_closes_its_source() -> None:
    gone = threading.Event()
    closed = []

    def go_away(sock: Any) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        read_until(sock, b"second\r\n")
        sock.close()
        gone.set()

    async def handler(event: Any, context: Any) -> AsyncIterator[bytes]:
        try:
            yield b"first"
            yield b"second"
            await asyncio.to_thread(gone.wait, WAIT_S)
            while True:
                yield b"more"
        finally:
            closed.append(True)

    with serve_script(go_away) as address:
        run_until_error(address, handler, GONE)

    assert closed == [True]


def test_other_tasks_run_while_the_answer_to_a_response_is_late() -> None:
    """The peer answers only when another task has run, after the last byte has come."""
    ended, ticked = threading.Event(), threading.Event()

    async def tick() -> None:
        await asyncio.to_thread(ended.wait, WAIT_S)
        ticked.set()

    others = []

    async def handler(event: Any, context: Any) -> AsyncIterator[bytes]:
        others.append(asyncio.ensure_future(tick()))
        yield b"all"

    def answer_late(sock: Any) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        read_until(sock, b"\r\n0\r\n\r\n")
        ended.set()
        assert ticked.wait(WAIT_S), "the other task did not run while the answer was awaited"
        sock.sendall(ACCEPTED)

    with serve_script(answer_late) as address:
        run_until_error(address, handler, GONE)

    assert len(others) == 1
