"""The Runtime API, call by call: when an answer counts, and when it does not."""

from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.runtime_api.requests import MOST_HEADER_BYTES
from streambda.local.runtime_api.session import RuntimeEvent
from tests.support.runtime_api_session import (
    BOOM,
    NEXT,
    RESPONSE,
    RESTORE_NEXT,
    hand_out_one,
    open_session,
)


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
