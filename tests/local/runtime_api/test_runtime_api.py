"""The Runtime API as bytes: bodies and trailers, however they are cut."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.runtime_api.connection import BodyCutShort, HttpConnection
from streambda.local.runtime_api.requests import MOST_HEADER_BYTES
from streambda.local.runtime_api.responses import (
    decode_error_body,
    find_lost_trailers,
    read_trailer_failure,
)
from streambda.local.runtime_api.session import RuntimeEvent
from streambda.local.runtime_api.socket_stream import SocketStream
from tests.support.runtime_api_session import (
    BODY,
    BOOM,
    ENCODED,
    NEXT,
    RESPONSE,
    RESTORE_NEXT,
    TYPE,
    hand_out_one,
    open_session,
)


class NoTransport(asyncio.Transport):
    """Takes what is written, for tests that only read."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Forgets it."""

    def pause_reading(self) -> None:
        """Has given all it has."""

    def resume_reading(self) -> None:
        """Has nothing more."""


async def read_all(pieces: list[bytes]) -> tuple[bytes, dict[str, str], list[str]]:
    """Body, trailers, and the paths of all requests."""
    socket = SocketStream(lambda _: None)
    socket.connection_made(NoTransport())
    connection = HttpConnection(socket)
    for piece in filter(None, pieces):
        socket.data_received(piece)
    socket.eof_received()
    body = b""
    trailers: dict[str, str] = {}
    paths: list[str] = []
    while request := await connection.read_request():
        paths.append(request.path)
        body += b"".join([data async for data in connection.body()])
        trailers |= connection.trailers
        await connection.answer_json(202, {})
    return body, trailers, paths


EXPECTED_TRAILERS = {TYPE.lower(): "Function.ValueError", BODY.lower(): ENCODED}


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_body_and_trailers_in_pieces_with_more_behind(size: int) -> None:
    data = RESPONSE + NEXT
    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    body, trailers, paths = await read_all(pieces)

    assert (body, trailers) == (b"part!!!", EXPECTED_TRAILERS)
    assert [path.rsplit("/", 1)[-1] for path in paths] == ["response", "next"]


@given(st.lists(st.integers(0, len(RESPONSE)), max_size=8))
def test_any_split_gives_the_same(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(RESPONSE)]
    pieces = [RESPONSE[a:b] for a, b in pairwise(edges)]

    body, trailers, _ = asyncio.run(read_all(pieces))

    assert (body, trailers) == (b"part!!!", EXPECTED_TRAILERS)


HEAD_BYTES = RESPONSE.index(b"\r\n\r\n") + 4


@given(st.integers(1, HEAD_BYTES - 1))
def test_cut_in_the_head_is_no_request(at: int) -> None:
    assert asyncio.run(read_all([RESPONSE[:at]])) == (b"", {}, [])


@given(st.integers(HEAD_BYTES, len(RESPONSE) - 1))
def test_cut_in_the_body_or_the_trailers_is_told(at: int) -> None:
    with pytest.raises(BodyCutShort):
        asyncio.run(read_all([RESPONSE[:at]]))


@pytest.mark.parametrize(
    ("trailers", "declared", "expected"),
    [
        ({}, f"{TYPE}, {BODY}", None),
        ({TYPE: "A.B", BODY: ENCODED}, f"{TYPE.lower()},{BODY}", Failure(code="A.B", details=BOOM)),
        ({TYPE: "A.B", BODY: ENCODED}, "", None),
        ({TYPE: "A.B", BODY: ENCODED}, TYPE, Failure(code="A.B", details=None)),
        ({BODY: ENCODED}, BODY, Failure(code="Unhandled", details=BOOM)),
        ({TYPE: "anything", "X": "y"}, f"{TYPE}, X", Failure(code="anything", details=None)),
    ],
)
def test_which_trailers_count(
    trailers: dict[str, str], declared: str, expected: Failure | None
) -> None:
    lowered = {name.lower(): value for name, value in trailers.items()}

    assert read_trailer_failure(lowered, declared) == expected


@pytest.mark.parametrize(
    ("end_of_body", "trailers", "found"),
    [
        (b"data", {}, []),
        (f"data{TYPE}: Runtime.StreamError\r\n".encode(), {}, ["its error is text at the end"]),
        (f"{TYPE}: early".encode() + b"x" * 9000, {}, []),
        (b"data", {TYPE.lower(): "Function.Error"}, ["its error trailers are dropped"]),
        (b"data", {"server-timing": "1"}, []),
    ],
)
def test_an_error_that_no_client_is_told_of(
    end_of_body: bytes, trailers: dict[str, str], found: list[str]
) -> None:
    remarks = list(find_lost_trailers(end_of_body, trailers))

    assert len(remarks) == len(found)
    assert all(remark.startswith(start) for remark, start in zip(remarks, found, strict=True))


def test_error_body_that_is_no_base64_is_shown_as_it_came() -> None:
    assert decode_error_body("not base64!") == "not base64!"


async def test_answer_after_the_time_out_is_410() -> None:
    async with open_session() as (session, reader, writer):
        stream = hand_out_one(session)
        stream.time_out(failures.timeout("r", 3))

        writer.write(RESPONSE)

        assert await reader.readline() == b"HTTP/1.1 410 Gone\r\n"


async def test_time_out_while_the_response_comes_is_410() -> None:
    async with open_session() as (session, reader, writer):
        stream = hand_out_one(session)
        writer.write(RESPONSE[:-40])
        assert await stream.read_chunk() == b"part"
        stream.time_out(failures.timeout("r", 3))

        writer.write(RESPONSE[-40:])

        assert await reader.readline() == b"HTTP/1.1 410 Gone\r\n"


async def test_second_response_is_403() -> None:
    async with open_session() as (session, reader, writer):
        stream = hand_out_one(session)
        writer.write(RESPONSE + RESPONSE)

        assert (await reader.readline()).startswith(b"HTTP/1.1 202")
        await reader.readuntil(b"}\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 403")
        assert stream.failure == Failure(code="Function.ValueError", details=BOOM)


async def test_body_cut_short_fails_the_invocation() -> None:
    async with open_session() as (session, _, writer):
        stream = hand_out_one(session)
        writer.write(RESPONSE[:-60])
        writer.write_eof()

        assert b"".join([data async for data in stream]) == b"part!!!"
        assert stream.failure == Failure(code="Runtime.TruncatedResponse", details=None)


async def test_broken_chunk_size_fails_the_invocation() -> None:
    async with open_session() as (session, reader, writer):
        stream = hand_out_one(session)
        head, _, _ = RESPONSE.partition(b"4\r\npart")
        writer.write(head + b"nonsense\r\n")

        assert [data async for data in stream] == []
        assert stream.failure == Failure(code="Runtime.TruncatedResponse", details=None)
        assert await reader.read() == b""


RESTORE_ERROR = (
    f"POST /2018-06-01/runtime/restore/error HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BOOM)}"
    f"\r\n\r\n{BOOM}"
).encode()


async def test_a_snapshot_is_restored_at_once() -> None:
    async with open_session() as (_, reader, writer):
        writer.write(RESTORE_NEXT)

        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"


async def test_a_restore_that_failed_ends_the_init_phase() -> None:
    async with open_session() as (session, _, writer):
        writer.write(RESTORE_NEXT + RESTORE_ERROR)

        assert await session.next_event() is RuntimeEvent.INIT_FAILED
        assert session.init_failure == Failure(code="Unhandled", details=BOOM)


async def test_no_snapshot_is_taken_after_the_init_phase() -> None:
    async with open_session() as (session, reader, writer):
        hand_out_one(session)

        writer.write(RESTORE_NEXT)

        assert await reader.readline() == b"HTTP/1.1 403 Forbidden\r\n"


async def test_nonsense_ends_the_connection() -> None:
    async with open_session() as (_, reader, writer):
        writer.write(b"nonsense\r\n\r\n")

        assert await reader.read() == b""


async def test_runtime_that_expects_to_be_asked_is_asked() -> None:
    async with open_session() as (session, reader, writer):
        hand_out_one(session)
        head, _, body = RESPONSE.partition(b"\r\n\r\n")
        writer.write(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(body)

        assert (await reader.readline()).startswith(b"HTTP/1.1 202")


async def test_a_head_beyond_what_lambda_reads_ends_the_connection() -> None:
    async with open_session() as (_, reader, writer):
        writer.write(NEXT[:-2] + b"X: " + b"x" * MOST_HEADER_BYTES + b"\r\n\r\n")

        assert await reader.read() == b""


async def test_curl_is_told_to_go_on_with_its_body() -> None:
    async with open_session() as (session, reader, writer):
        stream = hand_out_one(session)
        head, _, body = RESPONSE.partition(b"\r\n\r\n")
        writer.write(head + b"\r\nExpect: 100-continue\r\n\r\n")

        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(body)
        assert await reader.readline() == b"HTTP/1.1 202 Accepted\r\n"
        assert [data async for data in stream] == [b"part", b"!!!"]


async def test_connection_that_the_runtime_closes_is_closed() -> None:
    async with open_session() as (_, reader, writer):
        writer.write(b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        assert b"404" in await reader.readline()
        await reader.read()
