"""`after_invocation`: how long the runtime waits for a callback, and what it does then."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from streambda_runtime import after_invocation, callbacks, testing
from tests.support.events import DIRECT
from tests.support.fake_runtime_api import WAIT_S, next_headers
from tests.support.run_runtime import collect_posts

pytestmark = pytest.mark.usefixtures("no_callbacks")


def threads() -> list[threading.Thread]:
    """Those of callbacks."""
    return [one for one in threading.enumerate() if one.name.startswith("after_invocation ")]


def words(event: Any, context: Any) -> Iterator[str]:
    yield "a"


def test_a_blocking_one_is_left_when_its_time_is_over_and_never_runs_twice_at_once(
    capsys: pytest.CaptureFixture[str], gate: threading.Event, begun: threading.Event
) -> None:
    calls: list[str] = []
    events = iter(range(3))

    @after_invocation(timeout=0.05)
    def stuck() -> None:
        calls.append("begun")
        begun.set()
        assert gate.wait(WAIT_S)
        calls.append("ended")

    after_invocation(lambda: calls.append("next one"))

    def handler(event: Any, context: Any) -> int:
        if (number := next(events)) == 2:
            after_invocation(stuck, timeout=WAIT_S)
            gate.set()
        return number

    posts = collect_posts(handler, DIRECT, DIRECT, DIRECT)

    assert [post.body for post in posts] == [b"0", b"1", b"2"]
    assert calls == ["begun", "next one", "next one", "ended", "begun", "ended", "next one"]
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("[streambda] after_invocation: ")
    assert first.endswith(".stuck has not returned after 0.05 s; it runs on in its thread")
    assert second.endswith(".stuck was not called: it has not returned since an invocation before")


def test_an_error_that_comes_too_late_is_logged(
    capsys: pytest.CaptureFixture[str], gate: threading.Event, begun: threading.Event
) -> None:
    @after_invocation(timeout=0.05)
    def stuck() -> None:
        begun.set()
        assert gate.wait(WAIT_S)
        raise ValueError("too late")

    collect_posts(words, DIRECT)
    assert "too late" not in capsys.readouterr().err

    (thread,) = threads()
    gate.set()
    thread.join(WAIT_S)

    assert "[ERROR] ValueError: too late\n" in capsys.readouterr().err


def test_one_whose_thread_begins_too_late_is_not_called(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    late: list[threading.Thread] = []
    start = threading.Thread.start

    def start_later(thread: threading.Thread) -> None:
        (late.append if thread.name.startswith("after_invocation ") else start)(thread)

    monkeypatch.setattr(threading.Thread, "start", start_later)
    after_invocation(lambda: calls.append("called"), timeout=0.05)
    collect_posts(words, DIRECT)
    (thread,) = late
    start(thread)
    thread.join(WAIT_S)

    assert calls == []
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(".<lambda> was not called: its thread has not begun within 0.05 s")


def test_a_thread_that_cannot_be_started_is_logged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    starts = iter([True, False])
    start = threading.Thread.start

    def start_once_in_vain(thread: threading.Thread) -> None:
        if thread.name.startswith("after_invocation ") and next(starts, False):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_once_in_vain)
    after_invocation(lambda: calls.append("called"))
    collect_posts(words, DIRECT, DIRECT)

    assert calls == ["called"]
    assert capsys.readouterr().err.count("[ERROR] RuntimeError: can't start new thread\n") == 1


class Client:
    def flush(self, seconds: float = 0) -> None: ...

    def __call__(self) -> None: ...


@pytest.mark.parametrize(
    ("callback", "name"),
    [
        (Client().flush, "Client.flush"),
        (partial(partial(Client().flush), 1), "Client.flush"),
        (Client(), "Client"),
    ],
    ids=["method", "partial", "object"],
)
def test_a_line_of_the_log_names_the_callback(
    capsys: pytest.CaptureFixture[str], callback: Callable[[], None], name: str
) -> None:
    after_invocation(callback)
    collect_posts(words, DIRECT, headers=next_headers(Deadline_Ms="1"))

    assert f" {__name__}.{name} was not called: " in capsys.readouterr().err


def test_there_is_no_thread_between_invocations() -> None:
    found: list[int] = []
    after_invocation(lambda: None)

    def handler(event: Any, context: Any) -> None:
        for thread in threads():  # it may still be on its way out
            thread.join(WAIT_S)
        found.append(len(threads()))

    collect_posts(handler, DIRECT, DIRECT)

    assert found == [0, 0]


def test_an_async_one_is_cancelled_when_its_time_is_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "_GRACE_S", WAIT_S)
    calls: list[str] = []

    @after_invocation(timeout=0.05)
    async def stuck() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(3):  # as one does that closes a connection
                await asyncio.sleep(0)
            calls.append("cleaned up")

    after_invocation(lambda: calls.append("next one"))
    collect_posts(words, DIRECT, DIRECT)

    assert calls == ["cleaned up", "next one"] * 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.endswith(".stuck was cancelled after 0.05 s") for line in lines] == [True] * 2


def test_one_that_does_not_end_when_it_is_cancelled_holds_nothing_up() -> None:
    calls: list[str] = []

    @after_invocation(timeout=0.05)
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            calls.append("not now")
        await asyncio.Event().wait()

    after_invocation(lambda: calls.append("next one"))
    collect_posts(words, DIRECT)

    assert calls == ["not now", "next one"]


def test_a_signals_error_while_one_blocks_is_logged(
    capsys: pytest.CaptureFixture[str], gate: threading.Event
) -> None:
    calls: list[str] = []

    def interrupt(number: int, frame: object) -> None:
        raise KeyError("a signal")

    @after_invocation(timeout=WAIT_S)
    def stuck() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert gate.wait(WAIT_S)
        raise ValueError("too late")

    after_invocation(lambda: calls.append("next one"))
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        collect_posts(words, DIRECT)
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert calls == ["next one"]
    assert "[ERROR] KeyError: 'a signal'" in capsys.readouterr().err

    (thread,) = threads()
    gate.set()
    thread.join(WAIT_S)
    assert "[ERROR] ValueError: too late" in capsys.readouterr().err


def test_none_is_called_when_the_deadline_is_too_near(capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[str] = []

    @after_invocation
    def flush() -> None:
        calls.append("called")

    collect_posts(words, DIRECT, headers=next_headers(Deadline_Ms="1"))

    assert calls == []
    assert capsys.readouterr().err.endswith(
        ".flush was not called: the function's timeout is too near\n"
    )


@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async def"])
def test_the_deadline_bounds_a_longer_timeout(
    capsys: pytest.CaptureFixture[str], gate: threading.Event, is_async: bool
) -> None:
    def stuck() -> None:
        assert gate.wait(WAIT_S)

    async def stuck_async() -> None:
        await asyncio.Event().wait()

    after_invocation(stuck_async if is_async else stuck, timeout=float("inf"))
    result = testing.run(words, {}, timeout_s=1.0)

    assert result.chunks == [b"a"]
    assert "after_invocation" in capsys.readouterr().err
