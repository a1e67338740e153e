"""What a client may cost before anybody knows who it is."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.types import Receive, Scope, Send

from streambda.local.http import bounded_protocol
from streambda.local.http.bounded_protocol import (
    MOST_HEAD_BYTES,
    BoundedProtocol,
    ConnectionTable,
    count_affordable_connections,
)
from streambda.local.http.response import HttpResponse, send_chunk, send_response, send_start
from streambda.local.http.server import HttpServer, bind
from tests.support.wait_until import wait_until

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


class App:
    """Answers `ok`; a path that ends in `wait` only once it may."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.began = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.began += 1
        if scope["path"].endswith("wait"):
            await send_start(send, 200, [])
            await send_chunk(send, b"first")
            await self.go_on.wait()
            await send({"type": "http.response.body", "body": b"last"})
            return
        while (await receive()).get("more_body"):
            pass
        await send_response(send, HttpResponse(200, [], b"ok"))


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def read_to_end(self) -> bytes:
        try:
            async with asyncio.timeout(20):
                return await self.reader.read()
        except ConnectionError:
            return b""

    async def get(self) -> bytes:
        await self.send(GET + b"\r\n")
        return await self.reader.readuntil(b"ok")


class Served:
    def __init__(self, app: App, port: int) -> None:
        self.app = app
        self.port = port
        self.connections: list[Connection] = []

    async def connect(self) -> Connection:
        made = Connection(*await asyncio.open_connection("127.0.0.1", self.port))
        self.connections.append(made)
        return made


@asynccontextmanager
async def serve(table: ConnectionTable | None = None) -> AsyncIterator[Served]:
    app = App()
    bound = bind("127.0.0.1", 0)
    served = Served(app, bound.getsockname()[1])
    server = HttpServer(app, bound, table)
    task = asyncio.create_task(server.serve_socket())
    try:
        yield served
    finally:
        app.go_on.set()
        await server.hang_up()
        await task
        for one in served.connections:
            one.writer.transport.abort()  # whatever it still had to send


LONG_S = 60.0


def set_limits(monkeypatch: pytest.MonkeyPatch, head_s: float, body_s: float) -> None:
    """In seconds; whose time is over is looked for every 10 ms, however long they are."""
    monkeypatch.setattr(bounded_protocol, "HEAD_S", head_s)
    monkeypatch.setattr(bounded_protocol, "BODY_S", body_s)
    monkeypatch.setattr(bounded_protocol, "LOOKS", min(head_s, body_s) / 0.01)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"\r\n", b""),
        (b"G", b"408"),
        (b"GET / HTTP/1.1\r\nHost: local", b"408"),
        (GET, b"408"),
        (GET + b"x: " + b"y" * 1000, b"408"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n", b"408"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n1234", b"408"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12", b"408"),
    ],
)
async def test_who_sends_nothing_more_is_left(
    sent: bytes, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than a busy machine lets this test wait between its connection and what it sends.
    set_limits(monkeypatch, 0.5, 0.5)
    async with serve() as served:
        connection = await served.connect()
        await connection.send(sent)
        assert answer in (await connection.read_to_end()).partition(b"\r\n")[0]

        set_limits(monkeypatch, LONG_S, LONG_S)
        assert await (await served.connect()).get()


async def test_one_byte_at_a_time_does_not_last_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time for a head begins with its first byte, and not anew with each."""
    monkeypatch.setattr(bounded_protocol, "HEAD_S", 0.1)
    async with serve() as served:
        connection = await served.connect()

        async def drip() -> None:
            while True:
                await connection.send(b"x")
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        await connection.send(GET)
        answer = await connection.read_to_end()
        dripping.cancel()
        await asyncio.wait([dripping])

    assert b"408" in answer or answer == b""  # a reset may overtake it


@pytest.mark.parametrize(
    "head",
    [
        GET + b"x: " + b"y" * MOST_HEAD_BYTES + b"\r\n\r\n",
        GET + b"".join(b"x%d: y\r\n" % number for number in range(10_000)) + b"\r\n",
        b"GET /" + b"y" * MOST_HEAD_BYTES + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        GET + b"x" * MOST_HEAD_BYTES + b": y\r\n\r\n",
    ],
)
@pytest.mark.parametrize("pieces", [1, 50])
async def test_a_head_has_an_end(head: bytes, pieces: int) -> None:
    async with serve() as served:
        connection = await served.connect()
        size = len(head) // pieces
        for begin in range(0, len(head), size):
            await connection.send(head[begin : begin + size])
        assert (await connection.read_to_end()).startswith(b"HTTP/1.1 431 ")
        assert served.app.began == 0
        assert await (await served.connect()).get()


async def test_a_head_without_an_end_is_refused_before_it_is_complete() -> None:
    async with serve() as served:
        connection = await served.connect()

        async def send_for_ever() -> None:
            await connection.send(GET + b"x: ")
            while True:
                await connection.send(b"y" * 1000)

        sending = asyncio.create_task(send_for_ever())
        answer = await connection.read_to_end()
        sending.cancel()
        await asyncio.wait([sending])

    assert b"431" in answer or answer == b""  # a reset may overtake it


@pytest.mark.parametrize("size", [10_000, MOST_HEAD_BYTES - 1000])
async def test_a_long_head_is_read(size: int) -> None:
    async with serve() as served:
        connection = await served.connect()
        for _ in range(2):
            await connection.send(GET + b"x: " + b"y" * size + b"\r\n\r\n")
            assert await connection.reader.readuntil(b"ok")


CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"1;", b"x" * 1024),
        (b"1\r\na\r\n0\r\nX: ", b"x" * 1024),
        (b"1\r\na\r\n0\r\n", b"X: y\r\n" * 170),
    ],
    ids=["extension", "trailer", "trailers"],
)
async def test_what_comes_behind_a_body_has_an_end(beginning: bytes, piece: bytes) -> None:
    async with serve() as served:
        connection = await served.connect()
        await connection.send(CHUNKED + beginning)
        with suppress(ConnectionError):
            for _ in range(2 * MOST_HEAD_BYTES // len(piece)):
                await connection.send(piece)
                await asyncio.sleep(0)

        answer = await connection.read_to_end()

    # Whoever is still sending may find the connection reset, and not read the answer.
    assert not answer or answer.startswith(b"HTTP/1.1 431 ")


async def test_a_long_body_in_chunks_with_trailers_is_read() -> None:
    async with serve() as served:
        connection = await served.connect()
        chunk = b"1000;a=b\r\n%s\r\n" % (b"x" * 4096)
        body = chunk * (3 * MOST_HEAD_BYTES // 4096)

        await connection.send(CHUNKED + body + b"0\r\nX: y\r\n\r\n")

        assert await connection.reader.readuntil(b"ok")
        assert (await connection.get()).startswith(b"HTTP/1.1 200 ")


async def test_a_stream_lasts_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the client has begun its next request meanwhile, which has its own time then."""
    set_limits(monkeypatch, LONG_S, LONG_S)
    ends: list[float] = []
    end_waiting = BoundedProtocol.end_waiting

    def end(protocol: BoundedProtocol) -> None:
        end_waiting(protocol)
        ends.append(protocol.waits_until_s)

    monkeypatch.setattr(BoundedProtocol, "end_waiting", end)
    async with serve() as served:
        connection = await served.connect()
        await connection.send(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await connection.reader.readuntil(b"first")
        set_limits(monkeypatch, 0.05, 0.05)
        await connection.send(GET[:10])
        await wait_until(lambda: len(ends) == 3)  # its time was over so often

        set_limits(monkeypatch, LONG_S, LONG_S)
        served.app.go_on.set()
        await connection.reader.readuntil(b"last")
        await asyncio.sleep(max(0.0, ends[-1] - asyncio.get_running_loop().time()) + 0.05)
        await connection.send(GET[10:] + b"\r\n")
        assert await connection.reader.readuntil(b"ok")


async def test_the_longest_idle_connection_makes_room() -> None:
    async with serve(ConnectionTable(3)) as served:
        silent = [await served.connect() for _ in range(2)]
        used = await served.connect()
        await used.get()
        for one in silent:
            await one.send(GET[:5])
        fourth = await served.connect()
        assert await fourth.get()
        assert await silent[0].read_to_end() == b""
        assert await used.get()


async def test_many_silent_connections_keep_nobody_out() -> None:
    async with serve(ConnectionTable(20)) as served:
        for _ in range(200):
            await served.connect()
        assert await (await served.connect()).get()


async def test_who_is_one_too_many_waits_until_there_is_room() -> None:
    """Requests in progress are never closed for others."""
    async with serve(ConnectionTable(2)) as served:
        busy = [await served.connect() for _ in range(2)]
        for one in busy:
            await one.send(b"GET /wait HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            await one.reader.readuntil(b"first")
        third = await served.connect()
        await third.send(GET + b"\r\n")
        served.app.go_on.set()

        assert await third.reader.readuntil(b"ok")
        for one in busy:
            assert b"last" in await one.read_to_end()


def test_half_of_the_descriptors_are_for_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, expected in ((1024, 512), (100, 50), (1_000_000, 4096), (-1, 4096)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, -1))
        assert count_affordable_connections() == expected
