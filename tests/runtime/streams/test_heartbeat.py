"""Heartbeats: blocking and async, with gates instead of waiting."""

import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from streambda_runtime import heartbeat
from tests.support.fake_runtime_api import WAIT_S
from tests.support.gated_source import GatedSource

SOON = 0.001


def test_a_heartbeat_comes_while_a_blocking_source_is_silent() -> None:
    source = GatedSource()

    beats = heartbeat(source.blocking(), SOON, ":")
    # A slow machine has beats before the first item, too.
    while (first := next(beats)) == ":":
        pass
    seen = [next(beats), next(beats)]
    source.gate.set()
    rest = [item for item in beats if item != ":"]

    assert (first, seen, rest) == ("a", [":", ":"], ["b"])
    assert source.closed.wait(WAIT_S)


async def test_a_heartbeat_comes_while_an_async_source_is_silent() -> None:
    source = GatedSource()

    beats = heartbeat(source.asynchronous(), SOON, ":")
    while (first := await anext(beats)) == ":":
        pass
    seen = [await anext(beats) for _ in range(3)]
    source.async_gate.set()
    rest = [item async for item in beats if item != ":"]

    assert (first, seen, rest) == ("a", [":"] * 3, ["b"])
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
    source = GatedSource()

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
