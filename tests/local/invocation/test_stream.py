"""The hand-over between the Runtime API and an endpoint."""

import asyncio

from streambda.local.invocation.failures import Failure
from streambda.local.invocation.stream import (
    MAX_BUFFERED_BYTES,
    InvocationRequest,
    InvocationStream,
    ResponseHead,
)

HEAD = ResponseHead(content_type="text/plain")
FAILURE = Failure(code="Unhandled", details=None)


def begun() -> InvocationStream:
    request = InvocationRequest(
        request_id="r", invocation_id="i", function_arn="arn", event=b"{}", trace_id="t"
    )
    stream = InvocationStream(request)
    stream.hand_out(deadline_ms=1)
    return stream


async def test_reader_gets_what_is_written_in_order() -> None:
    stream = begun()
    stream.respond(HEAD)
    await stream.write(b"one")
    await stream.write(b"two")
    stream.complete()

    assert await stream.read_head() == HEAD
    assert [data async for data in stream] == [b"one", b"two"]
    assert stream.failure is None


async def test_reader_that_waits_is_woken() -> None:
    stream = begun()
    head = asyncio.ensure_future(stream.read_head())
    stream.respond(HEAD)
    assert await head == HEAD
    chunk = asyncio.ensure_future(stream.read_chunk())
    await stream.write(b"one")
    assert await chunk == b"one"
    end = asyncio.ensure_future(stream.read_chunk())
    stream.fail(FAILURE)
    assert await end is None
    assert stream.failure is FAILURE


async def test_failure_without_a_response_has_no_head() -> None:
    stream = begun()
    stream.report(FAILURE)

    assert await stream.read_head() is None


async def test_writer_waits_until_the_reader_has_made_room() -> None:
    stream = begun()
    stream.respond(HEAD)
    writing = asyncio.ensure_future(stream.write(b"x" * MAX_BUFFERED_BYTES))
    done, _ = await asyncio.wait({writing}, timeout=0)
    assert not done

    assert await stream.read_chunk()
    await writing


async def test_writer_is_let_go_when_the_invocation_ends() -> None:
    stream = begun()
    stream.respond(HEAD)
    writing = asyncio.ensure_future(stream.write(b"x" * MAX_BUFFERED_BYTES))
    await asyncio.wait({writing}, timeout=0)
    stream.time_out(FAILURE)

    await writing
    await stream.write(b"too late")
    assert [len(data) async for data in stream] == [MAX_BUFFERED_BYTES]
