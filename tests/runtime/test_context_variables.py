"""Handler, stream, `finally`, background work and guards of one invocation share one context."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any

import pytest

from streambda_runtime import (
    AsyncStreamWriter,
    Context,
    StreamingResponse,
    StreamWriter,
    heartbeat,
    stop_before_deadline,
    streaming,
)
from tests.support.bootstrap_process import lay_out, serve
from tests.support.events import DIRECT
from tests.support.run_runtime import collect_posts

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")
OTHER: ContextVar[str] = ContextVar("OTHER", default="unset")
SEEN: list[str] = []


def see(place: str) -> None:
    SEEN.append(f"{place}={VARIABLE.get()}")


def chunks() -> Iterator[str]:
    token = OTHER.set("in the stream")
    try:
        see("stream")
        yield "a"
        VARIABLE.set("stream")
        yield "b"
    finally:
        OTHER.reset(token)  # only in the context where it was set
        see("finally")


async def chunks_async() -> AsyncIterator[str]:
    for chunk in chunks():
        await asyncio.sleep(0)
        yield chunk


def background() -> None:
    see("background")


async def background_async() -> None:
    await asyncio.sleep(0)
    see("background")


def guard_nothing(source: Any, context: Context) -> Any:
    return source


def guard_by_heartbeat(source: Any, context: Context) -> Any:
    return heartbeat(source, 60, ":")


def guard_by_deadline(source: Any, context: Context) -> Any:
    return stop_before_deadline(source, 1, context=context)


def guard_by_both(source: Any, context: Context) -> Any:
    return guard_by_deadline(guard_by_heartbeat(source, context), context)


GUARDS = [guard_nothing, guard_by_heartbeat, guard_by_deadline, guard_by_both]
EXPECTED = ["handler=unset", "stream=handler", "finally=stream", "background=stream"]


@pytest.mark.parametrize("work", [background, background_async])
@pytest.mark.parametrize("source", [chunks, chunks_async])
@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async def"])
def test_one_invocation_has_one_context(is_async: bool, guard: Any, source: Any, work: Any) -> None:
    def handle(event: Any, context: Context) -> StreamingResponse:
        see("handler")
        VARIABLE.set("handler")
        return StreamingResponse(guard(source(), context), background=work)

    async def handle_async(event: Any, context: Context) -> StreamingResponse:
        await asyncio.sleep(0)
        return handle(event, context)

    SEEN.clear()
    posts = collect_posts(handle_async if is_async else handle, DIRECT, DIRECT)

    assert [post.body for post in posts] == [b"ab", b"ab"]
    assert SEEN == EXPECTED * 2  # the second invocation has seen nothing of the first
    assert VARIABLE.get() == "unset"


@pytest.mark.parametrize("guard", GUARDS)
def test_a_generator_handler_has_one_context(guard: Any) -> None:
    def handler(event: Any, context: Context) -> Iterator[str]:
        see("before")
        VARIABLE.set("handler")
        yield from guard(chunks(), context)
        see("after")

    SEEN.clear()
    collect_posts(handler, DIRECT, DIRECT)

    assert SEEN == ["before=unset", "stream=handler", "finally=stream", "after=stream"] * 2


def test_writers_have_one_context() -> None:
    @streaming
    def handler(event: Any, stream: StreamWriter, context: Context) -> None:
        see("start")
        VARIABLE.set("writer")
        for chunk in heartbeat(chunks(), 60, ":"):
            stream.write(chunk)
        see("end")

    @streaming
    async def handler_async(event: Any, stream: AsyncStreamWriter, context: Context) -> None:
        see("start")
        VARIABLE.set("writer")
        async for chunk in heartbeat(chunks_async(), 60, ":"):
            await stream.write(chunk)
        see("end")

    expected = ["start=unset", "stream=writer", "finally=stream", "end=stream"]
    for each in (handler, handler_async):
        SEEN.clear()
        collect_posts(each, DIRECT, DIRECT)
        assert expected * 2 == SEEN


def test_what_was_set_at_import_is_there_for_each_invocation() -> None:
    def handler(event: Any, context: Context) -> str:
        see("handler")
        VARIABLE.set("changed")
        return ""

    SEEN.clear()
    variables = copy_context()
    variables.run(VARIABLE.set, "imported")
    variables.run(collect_posts, handler, DIRECT, DIRECT)

    assert SEEN == ["handler=imported"] * 2


LATE = """
import sys
assert "_contextvars" not in sys.modules, "a cold start has no use for it"
variables = []

def var():
    import contextvars
    if not variables:
        variables.append(contextvars.ContextVar("late", default="unset"))
    return variables[0]

def see():
    return var().get() + " "
"""


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        # The first that any code has of context variables is within an invocation.
        (
            "def handler(event, context):\n    yield see()\n    var().set('mine')\n    yield see()",
            [b"unset mine "] * 3,
        ),
        (
            (
                "def handler(event, context):\n    var().set('mine')\n    return stream()\n"
                "def stream():\n    yield see()"
            ),
            [b"mine "] * 3,
        ),
        (
            (
                "async def stream():\n    yield see()\n"
                "def handler(event, context):\n    first = see()\n    var().set('mine')\n"
                "    return stream()"
            ),
            [b"mine "] * 3,
        ),
        (
            (
                "async def handler(event, context):\n    yield see()\n    var().set('mine')\n"
                "    yield see()"
            ),
            [b"unset mine "] * 3,
        ),
        # Not in the first invocation, but in a later one.
        (
            (
                "numbers = iter('0123')\n"
                "def handler(event, context):\n    number = next(numbers)\n    yield number + ' '\n"
                "    if number > '0':\n        yield see()\n        var().set(number)"
            ),
            [b"0 ", b"1 unset ", b"2 unset "],
        ),
        # `decimal` has its context from C, and may be set up by the module.
        (
            (
                "import decimal\ndecimal.setcontext(decimal.Context(prec=3))\n"
                "def handler(event, context):\n    yield str(decimal.getcontext().prec) + ' '\n"
                "    decimal.setcontext(decimal.Context(prec=5))\n    yield see()"
            ),
            [b"3 unset "] * 3,
        ),
    ],
)
def test_variables_that_come_late_are_of_one_invocation(
    tmp_path: Path, code: str, seen: list[bytes]
) -> None:
    posts, done = serve(lay_out(tmp_path), f"{LATE}\n{code}\n", DIRECT, DIRECT, DIRECT)

    assert [post.body for post in posts] == seen, done.stderr.decode()
