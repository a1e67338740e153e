"""However a source ends under a guard, the stream ends at once as without the guard."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest

from streambda_runtime import Context, StreamingResponse, heartbeat, stop_before_deadline
from tests.support.events import DIRECT
from tests.support.fake_runtime_api import FakeRuntimeApi, read_trailer_error
from tests.support.run_runtime import collect_post
from tests.support.scripted_context import ScriptedContext


class Odd(BaseException):
    """Neither an Exception nor one that Python knows."""


ERRORS = [
    ValueError("v"), asyncio.CancelledError(), Odd("o"), GeneratorExit(), StopAsyncIteration(),
    TimeoutError("t"), MemoryError(), RecursionError("r"), TimeoutError("t"),
]  # fmt: skip
GUARDS = {
    "none": lambda source, context: source,
    "heartbeat": lambda source, context: heartbeat(source, 60, ":"),
    "deadline": lambda source, context: stop_before_deadline(source, 1, context=context),
    "both": lambda source, context: heartbeat(
        stop_before_deadline(source, 1, context=context), 60, ":"
    ),
}


def break_off(error: BaseException) -> Iterator[str]:
    yield "a"
    raise error


async def break_off_async(error: BaseException) -> AsyncIterator[str]:
    yield "a"
    await asyncio.sleep(0)
    raise error


async def break_off_in_a_task(error: BaseException) -> AsyncIterator[str]:
    async def fail() -> None:
        raise error

    yield "a"
    await asyncio.create_task(fail())


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
@pytest.mark.parametrize("source", [break_off, break_off_async, break_off_in_a_task])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_ends_the_stream(
    error: BaseException, source: Any, guard: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    def handler(event: Any, context: Context) -> StreamingResponse:
        return StreamingResponse(guard(source(error), context))

    post = collect_post(handler, DIRECT)

    assert post.body == b"a"
    assert read_trailer_error(post)[0] != ""
    assert "[ERROR]" in capfd.readouterr().err


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
@pytest.mark.parametrize("source", [break_off, break_off_async])
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_an_exit_is_reported_and_ends_the_process(
    error: BaseException, source: Any, guard: Any
) -> None:
    from streambda_runtime.loop import run
    from streambda_runtime.runtime_api import RuntimeApi

    def handler(event: Any, context: Context) -> StreamingResponse:
        return StreamingResponse(guard(source(error), context))

    with FakeRuntimeApi(DIRECT, DIRECT) as fake:
        api = RuntimeApi(fake.address)
        with pytest.raises(type(error)):
            run(api, api, handler)
        api.close()

    (post,) = fake.posts()
    assert read_trailer_error(post)[0] == f"Function.{type(error).__name__}"


@pytest.mark.parametrize("guard", [GUARDS["heartbeat"], GUARDS["deadline"]])
def test_a_source_that_fails_to_close_is_logged(
    guard: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    def source() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            raise ValueError("close")

    def handler(event: Any, context: Context) -> Iterator[str]:
        for chunk in guard(source(), context):
            yield chunk
            return

    post = collect_post(handler, DIRECT)

    assert post.body == b"a"
    assert "ValueError: close" in capfd.readouterr().err


class CannotBegin:
    """An async iterable whose `__aiter__` fails, or is itself a coroutine, as is often written."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __aiter__(self) -> Any:
        if self.kind == "raises":
            raise ValueError("no begin")
        return self._begin()

    async def _begin(self) -> None:
        raise ValueError("no begin")


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
def test_a_source_that_cannot_begin_is_an_error_at_once(guard: Any) -> None:
    def handler(event: Any, context: Context) -> StreamingResponse:
        return StreamingResponse(guard(CannotBegin("raises"), context))

    post = collect_post(handler, DIRECT)

    assert post.action == "error"
    assert b"no begin" in post.body


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
def test_a_source_that_is_cancelled_from_outside_ends_the_stream(guard: Any) -> None:
    async def source() -> AsyncIterator[str]:
        yield "a"
        own = asyncio.current_task()
        for task in asyncio.all_tasks():
            task.cancel()
        assert own is not None
        await asyncio.sleep(60)

    def handler(event: Any, context: Context) -> StreamingResponse:
        return StreamingResponse(guard(source(), context))

    post = collect_post(handler, DIRECT)

    assert post.body == b"a"
    assert read_trailer_error(post)[0] == "Function.CancelledError"


async def yield_on_cancel() -> AsyncIterator[str]:
    try:
        yield "a"
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        yield "goodbye"


async def swallow_the_cancellation() -> AsyncIterator[str]:
    yield "a"
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(60)
    yield "b"


async def close_slowly() -> AsyncIterator[str]:
    try:
        yield "a"
        await asyncio.sleep(60)
    finally:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)


@pytest.mark.parametrize("source", [yield_on_cancel, swallow_the_cancellation, close_slowly])
def test_a_source_that_does_not_let_itself_be_closed_holds_nothing_up(source: Any) -> None:
    def handler(event: Any, context: Context) -> StreamingResponse:
        left = ScriptedContext(120)  # until the first item has come
        return StreamingResponse(stop_before_deadline(source(), 60, context=left, last="cut"))

    post = collect_post(handler, DIRECT)

    assert post.body == b"acut"
    assert post.trailers == {}
