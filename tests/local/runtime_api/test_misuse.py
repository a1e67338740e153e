"""What a function, or a web page, may do to a Runtime API: no other function hears of it."""

import asyncio
import gc
from contextlib import suppress

import pytest

from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.runtime_api.requests import MOST_HEADER_BYTES
from streambda.local.runtime_api.responses import BUFFERED_RESPONSE_BYTES
from streambda.local.runtime_api.runtime_api import MOST_CONNECTIONS, RuntimeApi
from streambda.local.runtime_api.session import RuntimeSession
from tests.support.runtime_api_session import (
    RESPONSE,
    RESTORE_NEXT,
    hand_out_one,
    open_session,
)
from tests.support.wait_until import wait_until

# Each never ends: of the address, of a header's value, of an extension of a chunk, of a trailer.
ENDLESS = {
    "address": b"GET /",
    "name": b"GET / HTTP/1.1\r\nX",
    "value": b"GET / HTTP/1.1\r\nX: ",
    "extension": RESPONSE.partition(b"x=y")[0],
    "trailer": RESPONSE[:-10],
}


@pytest.fixture(autouse=True)
def without_garbage_of_other_tests() -> None:
    """What asyncio says of it when it is collected is not of these tests."""
    gc.collect()


@pytest.mark.parametrize("beginning", ENDLESS.values(), ids=ENDLESS)
async def test_a_line_without_an_end_ends_the_connection(beginning: bytes) -> None:
    async with open_session() as (session, reader, writer):
        stream = hand_out_one(session)

        with suppress(ConnectionError):
            writer.write(beginning + b"x" * (2 * MOST_HEADER_BYTES))
            await writer.drain()
            assert await reader.read() == b""
        if beginning.startswith(b"POST"):
            assert b"".join([data async for data in stream]).startswith(b"part")
            assert stream.failure == Failure(code="Runtime.TruncatedResponse", details=None)


@pytest.mark.parametrize("call", ["invocation/r/error", "invocation/r/response", "init/error"])
async def test_a_document_without_an_end_is_refused(call: str) -> None:
    async with open_session() as (session, reader, writer):
        stream = hand_out_one(session) if "/r/" in call else None
        head = f"POST /2018-06-01/runtime/{call} HTTP/1.1\r\nHost: x\r\n"
        writer.write(f"{head}Content-Length: 100000000\r\n\r\n".encode())
        writer.write(b"x" * (BUFFERED_RESPONSE_BYTES + 1))

        assert await reader.readline() == b"HTTP/1.1 413 Request Entity Too Large\r\n"
        if stream:
            assert [data async for data in stream] == []
            assert stream.failure == failures.response_too_large(BUFFERED_RESPONSE_BYTES)
        else:
            assert session.init_failure is None


async def test_an_error_as_long_as_a_response_may_be() -> None:
    async with open_session() as (session, reader, writer):
        stream = hand_out_one(session)
        head = "POST /2018-06-01/runtime/invocation/r/error HTTP/1.1\r\nHost: x\r\n"
        writer.write(f"{head}Content-Length: {BUFFERED_RESPONSE_BYTES}\r\n\r\n".encode())
        writer.write(b"x" * BUFFERED_RESPONSE_BYTES)

        assert await reader.readline() == b"HTTP/1.1 202 Accepted\r\n"
        assert stream.failure is not None
        assert len(stream.failure.details or "") == BUFFERED_RESPONSE_BYTES


# What only web pages send.
OF_PAGES = {
    "another name": "Host: evil.example:1234",
    "a name that looks like ours": "Host: 127.0.0.1.evil.example",
    "an origin": "Host: 127.0.0.1:1234\r\nOrigin: http://evil.example",
    "no origin": "Host: 127.0.0.1:1234\r\nOrigin: null",
    "a site": "Host: 127.0.0.1:1234\r\nSec-Fetch-Site: cross-site",
    "a referrer": "Host: 127.0.0.1:1234\r\nReferer: http://localhost:8000/",
}


@pytest.mark.parametrize("headers", OF_PAGES.values(), ids=OF_PAGES)
async def test_web_pages_are_refused(headers: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever they ask for: an event, the end of the init phase, an extension's place."""
    async with open_session() as (session, reader, writer):
        for call in ("GET /2018-06-01/runtime/invocation/next", *ODD_BODIES):
            writer.write(f"{call} HTTP/1.1\r\n{headers}\r\nContent-Length: 0\r\n\r\n".encode())
            assert await reader.readline() == b"HTTP/1.1 403 Forbidden\r\n"
            assert b"no web page may use the Runtime API" in await reader.readuntil(b"}\n")
        assert session.init_failure is None
        assert session.extensions.found == ()
    assert not caplog.messages


@pytest.mark.parametrize("host", ["", "Host: \r\n", "Host: lambda\r\n", "Host: localhost:1\r\n"])
async def test_hosts_of_runtimes(host: str) -> None:
    async with open_session() as (_, reader, writer):
        writer.write(f"GET /2018-06-01/runtime/restore/next HTTP/1.1\r\n{host}\r\n".encode())

        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"


ODD_BODIES = (
    "POST /2018-06-01/runtime/init/error",
    "POST /2020-01-01/extension/register",
    "PUT /2022-07-01/telemetry",
)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff", b"[]", b"", b'{"schemaVersion": []}'])
async def test_odd_documents_are_answered(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with open_session() as (_, reader, writer):
        for call in ODD_BODIES:
            head = f"{call} HTTP/1.1\r\nHost: x\r\nLambda-Extension-Name: a\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert int((await reader.readline()).split()[1]) in {200, 202, 403}
            answer = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(answer.split(b"Length: ")[1].split()[0]))
    assert not caplog.messages


async def test_a_refused_body_that_is_cut_is_nothing_to_tell(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_session() as (_, reader, writer):
        writer.write(b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx")
        writer.write_eof()

        assert await reader.read() == b""
    gc.collect()
    assert not caplog.messages


async def test_what_nobody_has_thought_of_is_one_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_session() as (session, reader, writer):
        monkeypatch.setattr(session, "begin_restore", lambda: [][0])
        writer.write(RESTORE_NEXT)

        assert await reader.read() == b""
    gc.collect()
    assert caplog.messages == ["the Runtime API failed: IndexError: list index out of range"]


async def test_more_connections_than_any_runtime_needs_are_closed() -> None:
    async with RuntimeApi(RuntimeSession()) as api:
        host, port = api.address.split(":")

        async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            return await asyncio.open_connection(host, int(port))

        async def is_served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
            with suppress(ConnectionError):
                writer.write(RESTORE_NEXT)
                return await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            return False

        connections = [await connect() for _ in range(MOST_CONNECTIONS + 1)]

        assert [await is_served(*one) for one in connections[-2:]] == [True, False]
        connections[0][1].close()
        await wait_until(lambda: len(api._connections) < MOST_CONNECTIONS)
        connections.append(await connect())
        assert await is_served(*connections[-1])
        for _, writer in connections:
            writer.close()
