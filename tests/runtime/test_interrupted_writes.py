"""Whatever interrupts a write: what has left are whole chunks, or the connection is closed."""

import fcntl
import gc
import signal
import socket
import threading
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from streambda_runtime import AsyncStreamWriter, StreamWriter, streaming
from streambda_runtime.errors import RuntimeApiError
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.chunked_body import ChunkedBody, read_chunked
from tests.support.fake_runtime_api import WAIT_S
from tests.support.scripted_runtime_api import ACCEPTED, NEXT, read_until, serve_script

LARGE = b"x" * (64 << 20)  # more than the sockets hold
SMALL = 16 << 10  # more than a response's head and all other chunks, less than the sockets hold
FIONREAD = 0x541B


class Interrupted(Exception):
    """What the handler of a signal raises."""


@pytest.fixture(params=[Interrupted, SystemExit])
def raised(request: pytest.FixtureRequest) -> Iterator[type[BaseException]]:
    """The exception that SIGUSR1 raises in this thread."""

    def interrupt(number: int, frame: object) -> None:
        raise request.param("interrupted")

    before = signal.signal(signal.SIGUSR1, interrupt)
    yield request.param
    signal.signal(signal.SIGUSR1, before)
    # asyncio complains of a task whose exception has ended everything, when it is collected: here,
    # and not within a later test that looks at what is logged.
    gc.collect()


def yield_items(items: Callable[[], Iterator[bytes]]) -> Any:
    return lambda event, context: items()


def yield_items_async(items: Callable[[], Iterator[bytes]]) -> Any:
    async def generate() -> AsyncIterator[bytes]:
        for item in items():
            yield item

    return lambda event, context: generate()


def write_items(items: Callable[[], Iterator[bytes]]) -> Any:
    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        for item in items():
            stream.write(item)

    return handler


def write_items_async(items: Callable[[], Iterator[bytes]]) -> Any:
    @streaming
    async def handler(event: Any, stream: AsyncStreamWriter, context: Any) -> None:
        for item in items():
            await stream.write(item)

    return handler


each_form = pytest.mark.parametrize(
    "make_handler", [yield_items, yield_items_async, write_items, write_items_async]
)


class InterruptingApi:
    """A Runtime API whose first response is interrupted by a signal to this process."""

    def __init__(self, wait: Callable[[socket.socket], bytes]) -> None:
        self.body = b""
        self.ended = threading.Event()
        self._wait = wait
        self._served = False
        self._main = threading.main_thread().ident

    def __call__(self, sock: socket.socket) -> None:
        if self._served:
            return
        self._served = True
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        data = self._wait(sock)
        assert self._main is not None
        signal.pthread_kill(self._main, signal.SIGUSR1)
        while b"\r\n0\r\n" not in data[-8192:] or not data.endswith(b"\r\n\r\n"):
            more = sock.recv(1 << 20)
            if not more:
                break
            data += more
        else:
            sock.sendall(ACCEPTED)
        self.body = data.partition(b"\r\n\r\n")[2]
        self.ended.set()


def wait_until_it_is_stuck(sock: socket.socket) -> bytes:
    """Reads nothing, until the other side has filled all that there is to fill.

    A machine may let it wait for as long before LARGE: what is there must be a part of that.
    """
    waiting, same = 0, 0
    while same < 10:
        time.sleep(0.01)
        now = int.from_bytes(fcntl.ioctl(sock, FIONREAD, bytes(4)), "little")
        same = same + 1 if now > SMALL and now == waiting else 0
        waiting = now
    return b""


def read_some(sock: socket.socket) -> bytes:
    data = b""
    while len(data) < 100_000:
        data += sock.recv(65536)
    return data


def run_interrupted(handler: Any, wait: Callable[[socket.socket], bytes]) -> ChunkedBody:
    api_side = InterruptingApi(wait)
    with serve_script(api_side, connections=2) as address:
        api = RuntimeApi(address)
        with suppress(RuntimeApiError, SystemExit):
            run(api, api, handler)
        api.close()
        with suppress(OSError), socket.create_connection(_split(address), timeout=1):
            pass  # where the runtime has ended instead of asking for more
    assert api_side.ended.wait(WAIT_S)
    return read_chunked(api_side.body)


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


@each_form
@pytest.mark.parametrize("items", [[b"first", LARGE], [b"first", b"second", LARGE, b"never"]])
def test_a_chunk_that_is_cut_closes_the_connection_at_once(
    make_handler: Any, items: list[bytes], raised: type[BaseException]
) -> None:
    body = run_interrupted(make_handler(lambda: iter(items)), wait_until_it_is_stuck)

    assert body.chunks == tuple(items[: items.index(LARGE)])
    assert body.cut.startswith(b"4000000\r\nxxx")
    assert body.trailers is None


@each_form
def test_between_two_chunks_the_stream_ends_with_the_error(
    make_handler: Any, raised: type[BaseException]
) -> None:
    made = 0

    def count() -> Iterator[bytes]:
        nonlocal made
        while True:
            made += 1
            yield b"%d\n" % made

    body = run_interrupted(make_handler(count), read_some)

    numbers = [int(chunk) for chunk in body.chunks]
    assert numbers == list(range(1, len(numbers) + 1))
    assert made - 1 <= len(numbers) <= made
    assert body.cut == b""
    assert body.trailers is not None
    report = b64decode(body.trailers.rstrip().rpartition(b" ")[2])
    assert raised.__name__.encode() in report


@pytest.mark.parametrize("raised", [Interrupted], indirect=True)
def test_a_writer_that_goes_on_after_a_cut_is_told(raised: type[BaseException]) -> None:
    told: list[str] = []

    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        try:
            stream.write(LARGE)
        except Interrupted:
            for _ in range(2):
                try:
                    stream.write(b"more")
                except Exception as error:
                    told.append(str(error))

    body = run_interrupted(handler, wait_until_it_is_stuck)

    assert told == ["a write came after the end of the response"] * 2
    assert body.trailers is None


def test_a_signal_that_raises_nothing_changes_nothing() -> None:
    before = signal.signal(signal.SIGUSR1, lambda number, frame: None)
    try:
        body = run_interrupted(
            yield_items(lambda: iter([b"first", LARGE, b"last"])), wait_until_it_is_stuck
        )
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert body.chunks == (b"first", LARGE, b"last")
    assert body.trailers == b"\r\n"


@pytest.mark.parametrize("make_handler", [yield_items, write_items])
def test_two_signals_at_once_end_the_stream_too(make_handler: Any) -> None:
    """The second comes while the first is being dealt with.

    Blocking handlers alone: within asyncio the second may come in the loop's own `finally`, which
    leaves CPython with a dangling loop, in the process that runs all the other tests.
    """

    def interrupt(number: int, frame: object) -> None:
        raise Interrupted(str(number))

    numbers = (signal.SIGUSR1, signal.SIGUSR2)
    before = [signal.signal(number, interrupt) for number in numbers]
    main = threading.main_thread().ident
    assert main is not None

    def send_both(sock: socket.socket) -> bytes:
        data = wait_until_it_is_stuck(sock)
        signal.pthread_kill(main, signal.SIGUSR2)
        return data

    try:
        body = run_interrupted(make_handler(lambda: iter([b"first", LARGE])), send_both)
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

    assert body.chunks == (b"first",)
    assert body.trailers is None
