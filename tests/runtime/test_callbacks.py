"""`after_invocation`: when callbacks run, what they see, and what becomes of their errors."""

import asyncio
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

from streambda_runtime import StreamingResponse, after_invocation, testing
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.events import DIRECT, FUNCTION_URL
from tests.support.fake_runtime_api import WAIT_S, FakeRuntimeApi
from tests.support.run_runtime import collect_posts, run_until_error

pytestmark = pytest.mark.usefixtures("no_callbacks")
VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


def words(event: Any, context: Any) -> Iterator[str]:
    yield "a"


def test_they_run_between_the_last_byte_and_the_next_invocation_in_order() -> None:
    order: list[str] = []

    def handler(event: Any, context: Any) -> StreamingResponse:
        order.append("called")
        return StreamingResponse(["a"], background=lambda: order.append("saved"))

    after_invocation(lambda: order.append("first"))

    @after_invocation
    async def second() -> None:
        await asyncio.sleep(0)
        order.append("second")

    @after_invocation(timeout=WAIT_S)
    def third() -> None:
        order.append("third")

    collect_posts(
        handler,
        DIRECT,
        DIRECT,
        on_data=lambda data: order.append("sent"),
        on_next=lambda: order.append("next"),
    )

    once = ["next", "called", "sent", "saved", "first", "second", "third"]
    assert order == [*once, *once, "next"]


def test_a_callback_is_returned_and_one_that_is_registered_again_runs_once() -> None:
    calls: list[str] = []

    def count() -> None:
        calls.append("called")

    class Client:
        def flush(self) -> None:
            calls.append("flushed")

    client = Client()
    assert after_invocation(count) is count
    assert after_invocation(timeout=1)(count) is count
    after_invocation(client.flush)
    after_invocation(client.flush)
    collect_posts(words, DIRECT)

    assert calls == ["called", "flushed"]


def test_what_cannot_be_a_callback_is_refused() -> None:
    with pytest.raises(TypeError, match="'flush' cannot be called"):
        after_invocation("flush")  # type: ignore[call-overload]
    for timeout in (0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="expected more than 0 seconds"):
            after_invocation(print, timeout=timeout)


def fail(event: Any, context: Any) -> Any:
    raise ValueError("before the first byte")


def fail_late(event: Any, context: Any) -> Iterator[str]:
    yield "a"
    raise ValueError("after the first byte")


@pytest.mark.parametrize(
    ("handler", "event", "options"),
    [
        (words, DIRECT, {}),
        (words, FUNCTION_URL, {}),
        (fail, DIRECT, {}),
        (fail_late, DIRECT, {}),
        (words, b"no JSON", {}),
        (lambda event, context: {"a": 1}, DIRECT, {}),
        (lambda event, context: object(), DIRECT, {}),
        (words, DIRECT, {"answers": {"response": (413, b"{}")}}),
        (lambda event, context: {"a": 1}, DIRECT, {"answers": {"response": (413, b"{}")}}),
    ],
    ids=[
        "stream", "http", "fails", "fails late", "no JSON", "document", "no document",
        "refused", "document refused",
    ],
)  # fmt: skip
def test_they_run_however_the_invocation_ended(
    handler: Callable[..., Any], event: bytes, options: dict[str, Any]
) -> None:
    calls: list[str] = []
    after_invocation(lambda: calls.append("called"))

    collect_posts(handler, event, event, **options)

    assert calls == ["called", "called"]


def test_they_do_not_run_when_the_runtime_api_is_gone() -> None:
    calls: list[str] = []
    after_invocation(lambda: calls.append("called"))

    with FakeRuntimeApi(DIRECT, answers={"response": (500, b"{}")}) as fake:
        run_until_error(fake.address, words, "500")

    assert calls == []


@pytest.mark.parametrize("kind", [ValueError, asyncio.CancelledError, GeneratorExit])
@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async def"])
def test_an_error_is_logged_and_the_next_one_runs(
    capsys: pytest.CaptureFixture[str], kind: type[BaseException], is_async: bool
) -> None:
    calls: list[str] = []

    def broken() -> None:
        raise kind("no collector")

    async def broken_async() -> None:
        broken()

    after_invocation(broken_async if is_async else broken)
    after_invocation(lambda: calls.append("called"))
    posts = collect_posts(words, DIRECT, DIRECT)

    assert [post.trailers for post in posts] == [{}, {}]
    assert calls == ["called", "called"]
    err = capsys.readouterr().err
    if is_async and kind is asyncio.CancelledError:
        assert err.count("broken_async has cancelled itself\n") == 2
    else:
        assert err.count(f"[ERROR] {kind.__name__}: no collector\n") == 2
        assert "in broken" in err


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async def"])
def test_an_exit_ends_the_process(
    capsys: pytest.CaptureFixture[str], kind: type[BaseException], is_async: bool
) -> None:
    def leave() -> None:
        raise kind(7)

    async def leave_async() -> None:
        leave()

    after_invocation(leave_async if is_async else leave)
    with FakeRuntimeApi(DIRECT, DIRECT) as fake:
        api = RuntimeApi(fake.address)
        with pytest.raises(kind, match="7"):
            run(api, api, words)
        api.close()

    assert [post.body for post in fake.posts()] == [b"a"]
    assert f"[ERROR] {kind.__name__}: 7" in capsys.readouterr().err


def test_they_run_before_the_exit_that_the_handler_asked_for() -> None:
    calls: list[str] = []
    after_invocation(lambda: calls.append("called"))

    def handler(event: Any, context: Any) -> Any:
        raise SystemExit(3)

    with pytest.raises(SystemExit, match="3"):
        testing.run(handler, {})

    assert calls == ["called"]


def test_async_ones_run_on_the_loop_of_the_handlers() -> None:
    loops: list[object] = []

    async def see() -> None:
        loops.append(asyncio.get_running_loop())

    async def handler(event: Any, context: Any) -> None:
        await see()

    after_invocation(see)
    after_invocation(partial(see))
    after_invocation(lambda: see())
    collect_posts(handler, DIRECT, DIRECT)

    assert len(loops) == 8
    assert set(loops) == {loops[0]}


def test_they_have_the_context_variables_of_the_invocation() -> None:
    seen: list[str] = []

    def see() -> None:
        seen.append(VARIABLE.get())

    async def see_async() -> None:
        see()

    def handler(event: Any, context: Any) -> Iterator[str]:
        see()
        yield "a"
        VARIABLE.set("stream")

    after_invocation(see)
    after_invocation(see_async)
    collect_posts(handler, DIRECT, DIRECT)

    assert seen == ["unset", "stream", "stream"] * 2
    assert VARIABLE.get() == "unset"
