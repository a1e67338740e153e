"""Tasks and threads that write to one response: whole chunks, or an error in who broke the rule."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from streambda_runtime import AsyncStreamWriter, StreamWriter, streaming
from tests.support.events import DIRECT
from tests.support.fake_runtime_api import WAIT_S
from tests.support.run_runtime import collect_post, collect_posts

WRITERS = 8
CHUNKS = 6


def make_chunk(writer: int, number: int, size: int) -> bytes:
    """One letter for each writer, so that a chunk with two has been torn."""
    return bytes([65 + writer]) * size + b"%d" % number


@streaming
async def write_in_tasks(event: Any, stream: AsyncStreamWriter, context: Any) -> None:
    async def work(writer: int) -> None:
        for number in range(CHUNKS):
            await stream.write(make_chunk(writer, number, event["size"]))

    await asyncio.gather(*map(work, range(WRITERS)))


@streaming
def write_in_threads(event: Any, stream: StreamWriter, context: Any) -> None:
    def work(writer: int) -> None:
        for number in range(CHUNKS):
            stream.write(make_chunk(writer, number, event["size"]))

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@streaming
def write_in_threads_and_here(event: Any, stream: StreamWriter, context: Any) -> None:
    write_in_threads.__wrapped__(event, stream, context)  # type: ignore[attr-defined]
    stream.write(b"last")


@pytest.mark.parametrize("size", [1, 40_000, 400_000])
@pytest.mark.parametrize("handler", [write_in_tasks, write_in_threads, write_in_threads_and_here])
def test_chunks_of_several_writers_are_whole(handler: Any, size: int) -> None:
    post = collect_post(handler, json.dumps({"size": size}).encode())

    expected = {make_chunk(w, n, size) for w in range(WRITERS) for n in range(CHUNKS)}
    assert all(chunk in post.body for chunk in expected)
    assert len(post.body.removesuffix(b"last")) == sum(map(len, expected))
    assert post.trailers == {}


def test_a_thread_that_writes_after_the_end_is_told() -> None:
    errors: list[str] = []
    go_on = threading.Event()
    threads: list[threading.Thread] = []

    @streaming
    def handler(event: Any, stream: StreamWriter, context: Any) -> None:
        def late() -> None:
            assert go_on.wait(WAIT_S)
            try:
                stream.write("late")
            except Exception as error:
                errors.append(str(error))

        threads.append(threading.Thread(target=late))
        threads[0].start()
        stream.write("in time")

    post = collect_post(handler, DIRECT)
    go_on.set()
    threads[0].join(WAIT_S)

    assert post.body == b"in time"
    assert post.trailers == {}
    assert errors == ["a write came after the end of the response"]


def test_a_task_that_writes_after_the_end_is_told() -> None:
    errors: list[str] = []
    tasks: list[asyncio.Task[None]] = []
    go_on = asyncio.Event()

    @streaming
    async def handler(event: Any, stream: AsyncStreamWriter, context: Any) -> None:
        async def late() -> None:
            await go_on.wait()
            try:
                await stream.write("late")
            except Exception as error:
                errors.append(str(error))

        tasks.append(asyncio.create_task(late()))
        await stream.write("in time")

    async def wait(event: Any, context: Any) -> None:
        go_on.set()
        await tasks[0]

    calls = iter([handler, wait])
    first, _ = collect_posts(lambda event, context: next(calls)(event, context), DIRECT, DIRECT)

    assert first.body == b"in time"
    assert first.trailers == {}
    assert errors == ["a write came after the end of the response"]


def test_another_thread_may_not_write_to_the_stream_of_an_event_loop() -> None:
    errors: list[str] = []

    @streaming
    async def handler(event: Any, stream: AsyncStreamWriter, context: Any) -> None:
        def work() -> None:
            calls: list[Callable[[], Coroutine[Any, Any, None]]] = [
                partial(stream.write, "no"),
                stream.begin,
            ]
            for call in calls:
                try:
                    asyncio.run(call())
                except Exception as error:
                    errors.append(str(error))

        await stream.write("one ")
        await asyncio.to_thread(work)
        await stream.write("two")

    post = collect_post(handler, DIRECT)

    assert post.body == b"one two"
    assert errors == ["a write came from another thread, expected the event loop's own"] * 2
