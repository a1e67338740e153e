"""Heartbeats and the deadline guard: blocking and async, with gates instead of waiting."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from streambda_runtime import Context, heartbeat, stop_before_deadline
from tests.support.fake_runtime_api import WAIT_S

SOON = 0.001


def context(left_s: float) -> Context:
    deadline = int((time.time() + left_s) * 1000)
    return Context({"lambda-runtime-deadline-ms": str(deadline)}, {})


class Source:
    """Yields "a", waits at its gate, yields "b"; remembers how it ended."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.async_gate = asyncio.Event()
        self.closed = threading.Event()

    def blocking(self) -> Iterator[str]:
        try:
            yield "a"
            assert self.gate.wait(WAIT_S)
            yield "b"
        finally:
            self.closed.set()

    async def asynchronous(self) -> AsyncIterator[str]:
        try:
            yield "a"
            await self.async_gate.wait()
            yield "b"
        finally:
            self.closed.set()


def test_a_heartbeat_comes_while_a_blocking_source_is_silent() -> None:
    source = Source()

    beats = heartbeat(source.blocking(), SOON, ":")
    seen = [next(beats), next(beats), next(beats)]
    source.gate.set()
    rest = [item for item in beats if item != ":"]

    assert [item for item in seen if item != ":"] == ["a"]
    assert seen.count(":") == 2
    assert rest == ["b"]
    assert source.closed.wait(WAIT_S)


async def test_a_heartbeat_comes_while_an_async_source_is_silent() -> None:
    source = Source()

    beats = heartbeat(source.asynchronous(), SOON, ":")
    seen = [await anext(beats) for _ in range(4)]
    source.async_gate.set()
    rest = [item async for item in beats if item != ":"]

    assert [item for item in seen if item != ":"] == ["a"]
    assert seen.count(":") == 3
    assert rest == ["b"]
    assert source.closed.is_set()


def test_no_heartbeat_comes_while_items_do() -> None:
    assert list(heartbeat(iter(["a", "b"]), WAIT_S, ":")) == ["a", "b"]


def test_what_cannot_be_iterated_is_an_error_at_once() -> None:
    nothing: Any = 7
    with pytest.raises(TypeError, match="not iterable"):
        next(heartbeat(nothing, WAIT_S, ":"))


@pytest.mark.parametrize("interval", [0, -1, float("nan")])
def test_an_interval_that_is_none_is_named(interval: float) -> None:
    with pytest.raises(ValueError, match=f"interval is {interval!r}, expected seconds above 0"):
        heartbeat([], interval, ":")


def test_a_blocking_stream_ends_before_the_deadline_with_its_last_frame() -> None:
    source = Source()

    ended = list(stop_before_deadline(source.blocking(), 60, context=context(60), last="cut"))
    source.gate.set()  # only now can the source go on, and is closed

    assert ended[-1] == "cut"
    assert "b" not in ended
    assert source.closed.wait(WAIT_S)


async def test_an_async_stream_ends_before_the_deadline_and_its_source_is_closed() -> None:
    source = Source()

    guarded = stop_before_deadline(source.asynchronous(), 60, context=context(60.05), last="cut")
    ended = [item async for item in guarded]

    assert ended[-1] == "cut"
    assert source.closed.is_set()


def test_the_context_knows_that_the_deadline_ended_the_stream() -> None:
    stopped, ended = context(60), context(60)

    list(stop_before_deadline(["a"], 61, context=stopped))
    list(stop_before_deadline(["a"], 1, context=ended))

    assert stopped.stopped_before_deadline
    assert not ended.stopped_before_deadline


def test_a_stream_that_ends_in_time_is_not_touched() -> None:
    guarded = stop_before_deadline(["a", "b"], 1, context=context(60), last="cut")

    assert list(guarded) == ["a", "b"]


def test_an_idle_blocking_source_is_closed_at_once_and_in_its_own_thread() -> None:
    closed_by: list[str] = []

    def source() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            closed_by.append(threading.current_thread().name)

    beats: Any = heartbeat(source(), WAIT_S, ":")
    next(beats)
    beats.close()

    assert closed_by == ["streambda-source"]


async def test_an_async_guard_that_is_left_cancels_its_source() -> None:
    source = Source()

    beats: Any = heartbeat(source.asynchronous(), WAIT_S, ":")
    await anext(beats)
    await beats.aclose()

    assert source.closed.is_set()


def test_an_error_of_a_blocking_source_comes_through() -> None:
    def broken() -> Iterator[str]:
        yield "a"
        raise KeyError("midway")

    beats = heartbeat(broken(), WAIT_S, ":")

    assert next(beats) == "a"
    with pytest.raises(KeyError, match="midway"):
        next(beats)


async def test_an_error_of_an_async_source_comes_through() -> None:
    async def broken() -> AsyncIterator[str]:
        yield "a"
        raise KeyError("midway")

    beats = heartbeat(broken(), WAIT_S, ":")

    assert await anext(beats) == "a"
    with pytest.raises(KeyError, match="midway"):
        await anext(beats)


async def test_an_async_source_without_aclose() -> None:
    class One:
        done = False

        def __aiter__(self) -> "One":
            return self

        async def __anext__(self) -> str:
            if self.done:
                raise StopAsyncIteration
            self.done = True
            return "a"

    assert [item async for item in heartbeat(One(), WAIT_S, ":")] == ["a"]
