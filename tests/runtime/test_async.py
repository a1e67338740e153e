"""Async handlers: one event loop, nobody starved, every way out."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from streambda_runtime import StreamingResponse
from tests.support.events import DIRECT, FUNCTION_URL
from tests.support.fake_runtime_api import WAIT_S, read_trailer_error
from tests.support.run_runtime import collect_post, collect_posts, run_until_error
from tests.support.scripted_runtime_api import (
    ACCEPTED,
    GONE,
    NEXT,
    read_after,
    read_until,
    serve_script,
)
from tests.support.split_prelude import split_prelude


async def two_words(event: Any, context: Any) -> AsyncIterator[str]:
    yield "hello "
    await asyncio.sleep(0)
    yield ""
    yield "world"


def test_an_async_generator_is_streamed() -> None:
    direct, over_http = collect_posts(two_words, DIRECT, FUNCTION_URL)

    assert direct.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert direct.headers["content-type"] == "text/plain; charset=utf-8"
    assert direct.chunks == [b"hello ", b"world"]
    assert split_prelude(over_http.body)[1] == b"hello world"


def test_the_first_chunk_arrives_before_an_async_handler_can_make_the_second() -> None:
    arrived = threading.Event()

    async def gated(event: Any, context: Any) -> AsyncIterator[bytes]:
        yield b"first"
        assert await asyncio.to_thread(arrived.wait, WAIT_S)
        yield b"second"

    post = collect_post(gated, DIRECT, on_data=lambda data: arrived.set())

    assert post.chunks == [b"first", b"second"]
    assert post.trailers == {}


def test_a_coroutine_handler_may_return_anything() -> None:
    results = iter([{"a": 1}, StreamingResponse(two_words(None, None), 201), iter(["b", "c"])])

    async def handler(event: Any, context: Any) -> Any:
        await asyncio.sleep(0)
        return next(results)

    document, response, blocking = collect_posts(handler, DIRECT, FUNCTION_URL, DIRECT)

    assert document.body == b'{"a":1}'
    assert split_prelude(response.body)[0]["statusCode"] == 201
    assert blocking.chunks == [b"b", b"c"]


def test_one_event_loop_serves_the_whole_environment() -> None:
    loops = []

    async def handler(event: Any, context: Any) -> AsyncIterator[str]:
        loops.append(asyncio.get_running_loop())
        yield "a"

    collect_posts(handler, DIRECT, DIRECT)

    assert loops[0] is loops[1]
    assert loops[0].is_closed()


def test_b10_a_slow_socket_does_not_starve_other_tasks() -> None:
    """The peer reads nothing until another task of the handler has run 100 times."""
    ticked = threading.Event()

    async def tick() -> None:
        for _ in range(100):
            await asyncio.sleep(0)
        ticked.set()

    async def handler(event: Any, context: Any) -> AsyncIterator[bytes]:
        yield b"first"
        other = asyncio.ensure_future(tick())
        yield bytes(32 << 20)  # more than the socket's buffers hold
        await other

    received = bytearray()

    with serve_script(read_after(ticked, received)) as address:
        run_until_error(address, handler, GONE)

    assert len(received) > 32 << 20


def test_b4_an_async_error_after_the_first_byte_is_told_in_trailers() -> None:
    closed = []

    async def fails(event: Any, context: Any) -> AsyncIterator[str]:
        try:
            yield "part"
            raise KeyError("midway")
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    first, second = collect_posts(fails, DIRECT, DIRECT)

    assert first.body == b"part"
    assert read_trailer_error(first)[0] == "Function.KeyError"
    assert read_trailer_error(second)[0] == "Function.KeyError"
    assert closed == [True, True]


def test_b9_an_async_source_is_closed_when_a_chunk_is_refused() -> None:
    closed = []

    async def refused(event: Any, context: Any) -> AsyncIterator[Any]:
        try:
            yield "part"
            yield 7
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    post = collect_post(refused, DIRECT)

    assert read_trailer_error(post)[0] == "Runtime.InvalidChunk"
    assert closed == [True]


def test_b4_a_cancellation_is_reported_and_survived() -> None:
    async def cancelled(event: Any, context: Any) -> AsyncIterator[str]:
        yield "part"
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    first, second = collect_posts(cancelled, DIRECT, DIRECT)

    assert read_trailer_error(first)[0] == "Function.CancelledError"
    assert second.body == b"part"


def test_b9_a_cancellation_does_not_break_a_chunk_that_is_half_sent() -> None:
    full, cancelled = threading.Event(), threading.Event()
    received = bytearray()

    async def handler(event: Any, context: Any) -> AsyncIterator[bytes]:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        yield b"first"

        def cancel() -> None:
            task.cancel()
            cancelled.set()

        threading.Thread(
            target=lambda: full.wait(WAIT_S) and loop.call_soon_threadsafe(cancel)
        ).start()
        loop.call_soon(full.set)
        yield bytes(32 << 20)

    def slow(sock: Any) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        assert cancelled.wait(WAIT_S)
        while not received.endswith(b"\r\n\r\n") or b"\r\n0\r\n" not in received[-5000:]:
            received.extend(sock.recv(1 << 20))
        sock.sendall(ACCEPTED)

    with serve_script(slow) as address:
        run_until_error(address, handler, GONE)

    assert b"Lambda-Runtime-Function-Error-Type: Function.CancelledError\r\n" in received
    assert received.count(bytes(1 << 20)) == 32


def test_b8_background_work_runs_after_the_response_and_before_the_next_invocation() -> None:
    order: list[str] = []

    async def save() -> None:
        await asyncio.sleep(0)
        order.append("saved")

    def handler(event: Any, context: Any) -> StreamingResponse:
        order.append("called")
        return StreamingResponse(["a"], background=save)

    posts = collect_posts(handler, DIRECT, DIRECT, on_data=lambda data: order.append("sent"))

    assert [post.body for post in posts] == [b"a", b"a"]
    assert order == ["called", "sent", "saved"] * 2


def test_an_async_source_without_aclose_is_just_left() -> None:
    class Words:
        def __init__(self) -> None:
            self.left = ["a", "b"]

        def __aiter__(self) -> "Words":
            return self

        async def __anext__(self) -> str:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop(0)

    post = collect_post(lambda event, context: StreamingResponse(Words()), DIRECT)

    assert post.chunks == [b"a", b"b"]


def test_an_empty_async_stream_is_an_empty_body() -> None:
    async def nothing(event: Any, context: Any) -> AsyncIterator[str]:
        return
        yield

    assert collect_post(nothing, DIRECT).body == b""


def test_a_refusal_ends_an_async_stream_too(capsys: pytest.CaptureFixture[str]) -> None:
    answered = threading.Event()
    closed = []

    def refuse(sock: Any) -> None:
        read_until(sock, b"\r\n\r\n")
        sock.sendall(NEXT)
        read_until(sock, b"first\r\n")
        sock.sendall(b"HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\nlate")
        answered.set()
        read_until(sock, b"never")

    async def handler(event: Any, context: Any) -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.to_thread(answered.wait, WAIT_S)
            while True:
                yield b"more"
        finally:
            closed.append(True)

    with serve_script(refuse) as address:
        run_until_error(address, handler, GONE)

    assert "the response was refused: 410 late" in capsys.readouterr().err
    assert closed == [True]
