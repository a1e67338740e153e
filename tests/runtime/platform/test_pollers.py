"""Many invocations on one event loop: what each of them has of its own, and what ends them."""

import asyncio
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from streambda_runtime import (
    AsyncStreamWriter,
    Context,
    StreamingResponse,
    StreamWriter,
    after_invocation,
    asgi,
    callbacks,
    heartbeat,
    logs,
    stop_before_deadline,
    streaming,
    wsgi,
)
from streambda_runtime.aio import event_loop, runtime_api
from streambda_runtime.errors import RuntimeApiError
from streambda_runtime.platform import pollers
from streambda_runtime.platform.metrics import Metrics
from streambda_runtime.start import exit_on_signal
from tests.support.events import DIRECT, FUNCTION_URL
from tests.support.fake_runtime_api import read_trailer_error
from tests.support.meetings import Arrivals, Meeting
from tests.support.parallel_runtime_api import ParallelRuntimeApi
from tests.support.scripted_context import ScriptedContext
from tests.support.split_prelude import split_prelude

MANY = 32
VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


@pytest.fixture(autouse=True)
def keep_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "find_current", logs.find_current)


def serve(api: ParallelRuntimeApi, handler: Any, count: int = MANY, **options: Any) -> None:
    """Serves all events of `api`, which ends with 410."""
    with api, pytest.raises(RuntimeApiError, match="answered 410"):
        pollers.run(api.address, handler, count, **options)


def test_many_streams_run_at_once_and_each_chunk_leaves_before_the_next_can_be_made() -> None:
    firsts, meeting = Arrivals(b"first", MANY), Meeting(MANY)
    processes = set()

    async def handler(event: Any, context: Context) -> AsyncIterator[Any]:
        processes.add((os.getpid(), threading.get_ident()))
        yield f"first of {context.aws_request_id} "
        await firsts.wait()
        for turn in range(3):
            await meeting.wait()
            yield f"{turn} "

    api = ParallelRuntimeApi(*[DIRECT] * MANY, on_data=firsts.note)
    serve(api, handler)

    assert api.connections == MANY
    assert len(processes) == 1
    for number in range(MANY):
        assert api.post_of(number).body == b"first of request-%d 0 1 2 " % number


def test_an_invocation_that_fails_or_is_late_leaves_the_others_alone() -> None:
    meeting, deadline_ms = Meeting(5), int(time.time() * 1000) + 60_000

    async def words(context: Context) -> AsyncIterator[Any]:
        number = int(context.aws_request_id.rpartition("-")[2])
        if number == 0:
            raise ValueError("before")
        yield "first "
        await meeting.wait()
        if number == 1:
            raise ValueError("after")
        yield "second "
        if number == 2:
            await asyncio.Event().wait()
        yield "third"

    def handler_of(event: Any, context: Context) -> AsyncIterator[Any]:
        if context.get_remaining_time_in_millis() > 60_000:
            return stop_before_deadline(words(context), 0, context=context, last="late")
        left = ScriptedContext(60, 60)  # until it waits for ever
        return stop_before_deadline(words(context), 0, context=left, last="late")

    async def handler(event: Any, context: Context) -> Any:
        return handler_of(event, context)

    api = ParallelRuntimeApi(*[DIRECT] * 6, deadlines_ms={2: deadline_ms})
    serve(api, handler, 6)

    assert api.post_of(0).action == "error"
    assert json.loads(api.post_of(0).body)["errorMessage"] == "before"
    assert api.post_of(1).body == b"first "
    assert read_trailer_error(api.post_of(1))[1]["errorMessage"] == "after"
    assert api.post_of(2).body == b"first second late"
    assert [api.post_of(number).body for number in (3, 4, 5)] == [b"first second third"] * 3


def test_log_lines_metrics_and_context_variables_are_those_of_each_invocation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = Meeting(4)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logs.set_up({"AWS_LAMBDA_LOG_FORMAT": "JSON"})
    logger = logging.getLogger("mine")

    async def speak(request_id: str) -> None:
        logger.warning("%s of %s", VARIABLE.get(), request_id)

    async def handler(event: Any, context: Context) -> AsyncIterator[Any]:
        VARIABLE.set(context.aws_request_id)
        await meeting.wait()
        logger.warning("%s of %s", VARIABLE.get(), context.aws_request_id)
        async for item in heartbeat(words(context), 60, ":"):
            yield item
        if context.aws_request_id == "request-3":
            raise ValueError("broken")

    async def words(context: Context) -> AsyncIterator[Any]:
        await meeting.wait()
        yield VARIABLE.get()
        await asyncio.create_task(speak(context.aws_request_id))

    api = ParallelRuntimeApi(*[DIRECT] * 4)
    serve(api, handler, 4, metrics=Metrics("Mine"))
    logs.set_up({})
    logging.getLogger().handlers.clear()

    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    spoken = [line for line in lines if line.get("logger") == "mine"]
    metrics = {line["RequestId"]: line["Ended"] for line in lines if "_aws" in line}
    errors = [json.loads(line) for line in err.splitlines() if "broken" in line]
    assert len(spoken) == 8
    assert all(one["message"] == f"{one['requestId']} of {one['requestId']}" for one in spoken)
    assert metrics == {f"request-{n}": "error" if n == 3 else "complete" for n in range(4)}
    assert [one["requestId"] for one in errors] == ["request-3"]
    assert [api.post_of(n).body for n in range(4)] == [b"request-%d" % n for n in range(4)]
    assert VARIABLE.get() == "unset"


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        raise RuntimeError("there is none")
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": b"one ", "more_body": True})
    await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b"two"})


def wsgi_app(environ: Any, start_response: Any) -> list[bytes]:
    start_response("202 Accepted", [])
    return [b"blocking"]


def blocking(event: Any, context: Context) -> Iterator[str]:
    yield "one "
    yield "two"


@streaming
async def writing(event: Any, stream: AsyncStreamWriter, context: Context) -> None:
    await stream.write("one ")
    await stream.write("two")


@streaming
def writing_blocking(event: Any, stream: StreamWriter, context: Context) -> None:
    stream.write("one ")


DONE: list[str] = []


async def finish() -> None:
    DONE.append("async")


def fail_at_the_end() -> None:
    DONE.append("blocking")
    raise ValueError("at the end")


FORMS: dict[str, tuple[Callable[[Any, Any], Any], bytes]] = {
    "ASGI": (asgi(asgi_app), b"one two"),
    "WSGI": (wsgi(wsgi_app), b"blocking"),
    "generator": (blocking, b"one two"),
    "writer": (writing, b"one two"),
    "blocking writer": (writing_blocking, b"one "),
    "document": (lambda event, context: {"a": 1}, b'{"a":1}'),
    "large document": (lambda event, context: "x" * 3_000_000, b'"' + b"x" * 3_000_000 + b'"'),
    "text": (lambda event, context: StreamingResponse("whole"), b"whole"),
    "background": (lambda e, c: StreamingResponse("whole", background=finish), b"whole"),
    "broken background": (lambda e, c: StreamingResponse("a", background=fail_at_the_end), b"a"),
}


CALLS = [
    pytest.param(form, event, id=f"{form} {name}")
    for form in FORMS
    for name, event in (("direct", DIRECT), ("URL", FUNCTION_URL))
    if event == FUNCTION_URL or form not in ("ASGI", "WSGI")  # which take HTTP events only
]


@pytest.mark.parametrize(("form", "event"), CALLS)
def test_every_form_of_handler_can_be_behind_an_async_one(form: str, event: bytes) -> None:
    inner, body = FORMS[form]

    async def handler(event: Any, context: Context) -> Any:
        await asyncio.sleep(0)
        return inner(event, context)

    api = ParallelRuntimeApi(event, event, event)
    serve(api, handler, 2)

    for number in range(3):
        sent = api.post_of(number).body
        assert (sent if event == DIRECT else split_prelude(sent)[1]) == body


def test_an_app_is_started_once_whoever_comes_first() -> None:
    started = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            started.append(scope["state"])
            scope["state"]["greeting"] = b"hello"
            await asyncio.sleep(0)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            started.append("stopped")
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["state"]["greeting"]})

    hosted = asgi(app)

    async def handler(event: Any, context: Context) -> Any:
        return hosted(event, context)

    api = ParallelRuntimeApi(*[FUNCTION_URL] * 4)
    serve(api, handler, 4)

    assert [split_prelude(api.post_of(n).body)[1] for n in range(4)] == [b"hello"] * 4
    assert started[1:] == ["stopped"]


def test_an_exit_tells_all_callers_and_ends() -> None:
    meeting = Meeting(3)

    async def handler(event: Any, context: Context) -> AsyncIterator[Any]:
        yield "first"
        await meeting.wait()
        if context.aws_request_id == "request-1":
            sys.exit(3)
        await asyncio.Event().wait()

    api = ParallelRuntimeApi(*[DIRECT] * 3)
    with api, pytest.raises(SystemExit, match="3"):
        pollers.run(api.address, handler, 3)

    assert [read_trailer_error(api.post_of(n))[0] for n in range(3)] == ["Function.SystemExit"] * 3


def test_a_signal_tells_all_callers_and_ends() -> None:
    firsts = Arrivals(b"first", 3)

    async def handler(event: Any, context: Context) -> AsyncIterator[Any]:
        yield "first"
        await firsts.wait()
        if context.aws_request_id == "request-1":
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    before = signal.signal(signal.SIGTERM, exit_on_signal)
    try:
        api = ParallelRuntimeApi(*[DIRECT] * 3, on_data=firsts.note)
        with api, pytest.raises(SystemExit, match="143"):
            pollers.run(api.address, handler, 5)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert [read_trailer_error(api.post_of(n))[0] for n in range(3)] == ["Function.SystemExit"] * 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [((413, b"too large"), "the response was refused: 413"), ((500, b"no"), "was answered 500")],
)
def test_a_refused_response_is_said_and_the_next_is_served(
    answer: tuple[int, bytes], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def handler(event: Any, context: Context) -> Any:
        return {"a": 1}

    api = ParallelRuntimeApi(DIRECT, DIRECT, answers={"response": answer})
    serve(api, handler, 1)

    assert capsys.readouterr().err.count(said) == 2


def test_an_event_that_is_no_json_is_an_error_of_its_own() -> None:
    async def handler(event: Any, context: Context) -> Any:
        return event

    api = ParallelRuntimeApi(b"{", b"1")
    serve(api, handler, 2)

    assert json.loads(api.post_of(0).body)["errorType"] == "Runtime.UnmarshalError"
    assert api.post_of(1).body == b"1"


def test_a_poll_that_is_lost_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_api, "PAUSE_S", 0)

    async def handler(event: Any, context: Context) -> Any:
        return 1

    api = ParallelRuntimeApi(DIRECT)
    api.drop_next_poll()
    serve(api, handler, 1)

    assert api.connections == 2
    assert api.post_of(0).body == b"1"


def test_no_runtime_api_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_api, "PAUSE_S", 0)

    async def handler(event: Any, context: Context) -> Any:
        return 1

    with pytest.raises(RuntimeApiError, match="no Runtime API"):
        pollers.run("127.0.0.1:1", handler, 2)
    assert not event_loop.contexts


def test_callbacks_run_after_each_invocation_with_its_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(callbacks, "_callbacks", [])
    meeting, seen = Meeting(4), []

    @after_invocation
    async def note() -> None:
        await meeting.wait()  # the callbacks of all four run at the same time
        seen.append(VARIABLE.get())

    async def handler(event: Any, context: Context) -> AsyncIterator[str]:
        VARIABLE.set(context.aws_request_id)
        yield "a"
        if context.aws_request_id == "request-2":
            raise ValueError

    api = ParallelRuntimeApi(*[DIRECT] * 4)
    serve(api, handler, 4)

    assert sorted(seen) == [f"request-{number}" for number in range(4)]
