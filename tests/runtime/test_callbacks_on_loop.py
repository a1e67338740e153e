"""Callbacks of `after_invocation` where one event loop serves many streams: none of them waits."""

import asyncio
import threading
from contextvars import ContextVar
from typing import Any, cast

import pytest

from streambda_runtime import after_invocation
from streambda_runtime.callbacks import run_callbacks_async
from streambda_runtime.exchange import Exchange
from streambda_runtime.invocation import Invocation
from tests.support.bootstrap_process import lay_out, serve
from tests.support.events import DIRECT
from tests.support.fake_runtime_api import WAIT_S

pytestmark = pytest.mark.usefixtures("no_callbacks")
VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


def make_exchange() -> Exchange:
    headers = {"lambda-runtime-deadline-ms": "33333333333333"}
    return Exchange(cast(Any, None), Invocation(headers, b"{}"))


async def test_the_loop_goes_on_while_one_blocks(gate: threading.Event) -> None:
    order: list[str] = []

    @after_invocation(timeout=WAIT_S)
    def blocking() -> None:
        order.append("begun")
        assert gate.wait(WAIT_S)
        order.append("ended")

    @after_invocation
    async def on_loop() -> None:
        await asyncio.sleep(0)
        order.append(f"on {asyncio.get_running_loop() is loop}")

    after_invocation(lambda: on_loop())

    async def open_gate() -> None:
        while not order:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        gate.set()

    loop = asyncio.get_running_loop()
    await asyncio.gather(run_callbacks_async(make_exchange()), open_gate())

    assert order == ["begun", "ended", "on True", "on True"]


async def test_each_has_the_context_variables_of_its_invocation() -> None:
    seen: list[str] = []

    async def see_async() -> None:
        seen.append(VARIABLE.get())

    after_invocation(lambda: seen.append(VARIABLE.get()))
    after_invocation(see_async)
    for value in ("one", "two"):
        exchange = make_exchange()
        exchange.run(VARIABLE.set, value)
        await run_callbacks_async(exchange)

    assert seen == ["one", "one", "two", "two"]


async def test_a_blocking_one_runs_once_at_a_time(gate: threading.Event) -> None:
    running: list[int] = []
    most: list[int] = []

    @after_invocation(timeout=WAIT_S)
    def blocking() -> None:
        running.append(1)
        most.append(len(running))
        assert gate.wait(WAIT_S)
        running.pop()

    streams = [asyncio.create_task(run_callbacks_async(make_exchange())) for _ in range(8)]
    while not running:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    gate.set()
    await asyncio.gather(*streams)

    assert most == [1] * 8


async def test_errors_and_time_outs_are_logged_and_the_next_one_runs(
    capsys: pytest.CaptureFixture[str], gate: threading.Event, begun: threading.Event
) -> None:
    calls: list[str] = []

    @after_invocation
    def broken() -> None:
        raise ValueError("no collector")

    @after_invocation(timeout=0.05)
    def stuck() -> None:
        begun.set()
        assert gate.wait(WAIT_S)

    @after_invocation(timeout=0.05)
    async def stuck_async() -> None:
        await asyncio.Event().wait()

    after_invocation(lambda: calls.append("next one"))
    await run_callbacks_async(make_exchange())

    err = capsys.readouterr().err
    assert calls == ["next one"]
    assert "[ERROR] ValueError: no collector\n" in err
    assert ".stuck has not returned after 0.05 s; it runs on in its thread\n" in err
    assert ".stuck_async was cancelled after 0.05 s\n" in err


@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async def"])
async def test_a_stream_that_is_cancelled_does_not_run_the_next_one(
    gate: threading.Event, is_async: bool
) -> None:
    calls: list[str] = []

    def stuck() -> None:
        calls.append("begun")
        assert gate.wait(WAIT_S)

    async def stuck_async() -> None:
        calls.append("begun")
        await asyncio.Event().wait()

    after_invocation(stuck_async if is_async else stuck, timeout=WAIT_S)
    after_invocation(lambda: calls.append("never"))
    stream = asyncio.create_task(run_callbacks_async(make_exchange()))
    while not calls:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    stream.cancel()

    with pytest.raises(asyncio.CancelledError):
        await stream
    assert calls == ["begun"]


async def test_without_callbacks_nothing_happens() -> None:
    await run_callbacks_async(make_exchange())


def test_nothing_is_imported_for_who_does_not_use_it(tmp_path: Any) -> None:
    code = (
        "import sys\n"
        "from streambda_runtime import StreamingResponse\n"
        "def handler(event, context):\n"
        "    yield str({'threading', 'asyncio', 'streambda_runtime.callbacks'} & set(sys.modules))"
    )
    posts, done = serve(lay_out(tmp_path), code, DIRECT, DIRECT)

    assert [post.body for post in posts] == [b"set()"] * 2, done.stderr.decode()


def test_a_process_that_a_callback_forks_answers_nothing(tmp_path: Any) -> None:
    code = (
        "import os, sys\n"
        "from streambda_runtime import after_invocation\n"
        "statuses = iter([0, 0, 3, 3, 0, 0])\n"
        "@after_invocation\n"
        "def fork():\n"
        "    status = next(statuses)\n"
        "    if os.fork():\n"
        "        print('parent', os.waitstatus_to_exitcode(os.wait()[1]))\n"
        "    elif status:\n"
        "        sys.exit(status)\n"
        "@after_invocation\n"
        "async def fork_async():\n"
        "    fork()\n"
        "after_invocation(lambda: print('last'))\n"
        "def handler(event, context):\n"
        "    yield 'a'"
    )
    posts, done = serve(lay_out(tmp_path), code, DIRECT, DIRECT, DIRECT)

    assert [post.body for post in posts] == [b"a"] * 3
    lines = [line for status in (0, 3, 0) for line in [f"parent {status}"] * 2 + ["last"]]
    assert done.stdout.decode().splitlines() == lines, done.stderr.decode()
