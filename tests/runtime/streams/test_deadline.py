"""A stop before the deadline: blocking and async, with gates instead of waiting."""

import time

from streambda_runtime import Context, stop_before_deadline
from tests.support.fake_runtime_api import WAIT_S
from tests.support.gated_source import GatedSource
from tests.support.scripted_context import ScriptedContext


def context(left_s: float) -> Context:
    deadline = int((time.time() + left_s) * 1000)
    return Context({"lambda-runtime-deadline-ms": str(deadline)}, {})


def test_a_blocking_stream_ends_before_the_deadline_with_its_last_frame() -> None:
    source = GatedSource()

    ended = list(stop_before_deadline(source.blocking(), 60, context=context(60), last="cut"))
    source.gate.set()  # only now can the source go on, and is closed

    assert ended[-1] == "cut"
    assert "b" not in ended
    assert source.closed.wait(WAIT_S)


async def test_an_async_stream_ends_before_the_deadline_and_its_source_is_closed() -> None:
    source = GatedSource()

    left = ScriptedContext(120)  # until the first item has come
    guarded = stop_before_deadline(source.asynchronous(), 60, context=left, last="cut")
    ended = [item async for item in guarded]

    assert ended == ["a", "cut"]
    assert source.closed.is_set()


def test_the_context_knows_that_the_deadline_ended_the_stream() -> None:
    stopped, ended = context(60), context(60)
    source = GatedSource()

    list(stop_before_deadline(source.blocking(), 61, context=stopped))
    source.gate.set()
    list(stop_before_deadline(["a"], 1, context=ended))

    assert stopped.stopped_before_deadline
    assert not ended.stopped_before_deadline


def test_a_stream_that_ends_in_time_is_not_touched() -> None:
    guarded = stop_before_deadline(["a", "b"], 1, context=context(60), last="cut")

    assert list(guarded) == ["a", "b"]
