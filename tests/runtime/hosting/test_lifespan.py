"""Lifespan: startup once an environment, shutdown at its end; on a real Runtime API."""

import asyncio
import json
from typing import Any

import pytest

from streambda_runtime import asgi, testing
from streambda_runtime.errors import RuntimeFault
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.asgi_apps import END, START, Message, Receive, Send, body, sending
from tests.support.events import FUNCTION_URL
from tests.support.fake_runtime_api import FakeRuntimeApi


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


def test_an_app_without_a_lifespan_is_served() -> None:
    result = testing.run(asgi(sending(START, body(b"fine", more=False))), url_event())

    assert result.body == b"fine"
