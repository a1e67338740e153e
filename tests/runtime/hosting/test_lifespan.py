"""Lifespan: startup once an environment, shutdown at its end; on a real Runtime API."""

import asyncio
import json
from typing import Any

import pytest

from streambda_runtime import asgi, testing
from streambda_runtime.errors import RuntimeFault
from streambda_runtime.hosting import lifespan
from streambda_runtime.hosting.asgi import AsgiHandler
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.asgi_apps import END, START, Message, Receive, Send, body, sending
from tests.support.events import FUNCTION_URL
from tests.support.fake_runtime_api import WAIT_S, FakeRuntimeApi
from tests.support.run_runtime import collect_post, collect_posts
from tests.support.split_prelude import split_prelude


def url_event(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(FUNCTION_URL)
    return event | changes


class Life:
    """An app with a lifespan; `ends` says how its startup ends."""

    def __init__(self, ends: str = "complete") -> None:
        self.ends = ends
        self.seen: list[str] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.seen.append(f"request {scope['state']['number']}")
            scope["state"]["number"] += 1
            await send(START)
            await send(END)
            return
        self.loop = asyncio.get_running_loop()
        message = await receive()
        self.seen.append(message["type"])
        scope["state"]["number"] = 1
        if self.ends == "raises":
            raise ValueError("no database")
        await send({"type": f"lifespan.startup.{self.ends}", "message": "no database"})
        self.seen.append((await receive())["type"])
        await send({"type": "lifespan.shutdown.complete"})


def test_a_lifespan_runs_once_around_all_requests() -> None:
    app = Life()

    with FakeRuntimeApi(FUNCTION_URL, FUNCTION_URL) as fake:
        api = RuntimeApi(fake.address)
        handler = asgi(app)
        handler.start()
        assert app.seen == ["lifespan.startup"]
        with pytest.raises(Exception, match="410"):
            run(api, api, handler)
        api.close()

    requests = ["request 1", "request 1"]  # the state is copied for each
    assert app.seen == ["lifespan.startup", *requests, "lifespan.shutdown"]


def test_a_startup_that_fails_says_why() -> None:
    with pytest.raises(RuntimeFault, match=r"the startup of .*Life failed: no database") as fault:
        asgi(Life("failed")).start()

    assert fault.value.error_type == "Runtime.StartupFailed"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(lifespan, "log", lines.append)
    return lines


def test_a_startup_that_raises_is_told_and_the_app_is_served(logged: list[str]) -> None:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            raise ValueError("no database")
        await send(START)
        await send(body(b"fine", more=False))

    first, second = collect_posts(AsgiHandler(app, name="main.app"), FUNCTION_URL, FUNCTION_URL)

    assert [split_prelude(post.body)[1] for post in (first, second)] == [b"fine"] * 2
    assert logged == ["the lifespan of main.app raised ValueError: no database"]


def test_an_app_that_knows_no_lifespan_is_served_without_a_word(logged: list[str]) -> None:
    post = collect_post(asgi(sending(START, body(b"fine", more=False))), FUNCTION_URL)

    assert split_prelude(post.body)[1] == b"fine"
    assert logged == []


def test_a_startup_that_hangs_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    told = asyncio.Event()

    def log(line: str) -> None:
        lines.append(line)
        told.set()

    class Slow(Life):
        async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
            async with asyncio.timeout(WAIT_S):
                await told.wait()
            await super().__call__(scope, receive, send)

    monkeypatch.setattr(lifespan, "TELL_AFTER_S", 0.0)
    monkeypatch.setattr(lifespan, "log", log)

    post = collect_post(AsgiHandler(Slow(), name="main.app"), FUNCTION_URL)

    assert post.action == "response"
    assert lines == ["the startup of main.app has taken 0 s so far"]


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        ("hangs", "the shutdown of main.app has not ended after 0.0 s"),
        ("failed", "the shutdown of main.app failed: disk full"),
        ("raises", "the lifespan of main.app raised ValueError: disk full"),
    ],
)
def test_a_shutdown_that_goes_wrong_is_told_by_name(
    monkeypatch: pytest.MonkeyPatch, logged: list[str], ends: str, message: str
) -> None:
    if ends == "hangs":
        monkeypatch.setattr(lifespan, "SHUTDOWN_S", 0.0)

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send(START)
            await send(body(b"fine", more=False))
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if ends == "raises":
            raise ValueError("disk full")
        if ends == "failed":
            await send({"type": "lifespan.shutdown.failed", "message": "disk full"})
        await receive()  # there is nothing more

    post = collect_post(AsgiHandler(app, name="main.app"), FUNCTION_URL)

    assert split_prelude(post.body)[1] == b"fine"
    assert logged == [message]


def test_an_app_without_a_lifespan_is_served() -> None:
    result = testing.run(asgi(sending(START, body(b"fine", more=False))), url_event())

    assert result.body == b"fine"
