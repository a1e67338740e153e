"""An application that is made when the first request comes."""

import asyncio
import threading

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streambda.local.http.late_app import LateApp


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": scope["path"]})


async def ask(app: ASGIApp, path: str) -> list[str]:
    sent: list[str] = []

    async def receive() -> Message:
        raise AssertionError("nobody reads the body")

    async def send(message: Message) -> None:
        sent.append(message["type"])

    await app({"type": "http", "path": path}, receive, send)
    return sent


async def test_it_is_made_once_and_the_event_loop_goes_on_meanwhile() -> None:
    made, gate, begun = [], threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def make() -> ASGIApp:
        made.append(threading.current_thread())
        loop.call_soon_threadsafe(begun.set)
        assert gate.wait(10)
        return answer

    late = LateApp(make)
    requests = [asyncio.create_task(ask(late, path)) for path in ("/1", "/2")]
    await asyncio.wait_for(begun.wait(), 10)  # the loop runs while `make` waits
    gate.set()

    assert await asyncio.gather(*requests) == [["/1"], ["/2"]]
    assert await ask(late, "/3") == ["/3"]
    assert len(made) == 1
    assert made[0] is not threading.main_thread()


async def test_what_fails_is_tried_again_with_the_next_request() -> None:
    failures = [ImportError("no module")]

    def make() -> ASGIApp:
        if failures:
            raise failures.pop()
        return answer

    late = LateApp(make)

    with pytest.raises(ImportError, match="no module"):
        await ask(late, "/1")
    assert await ask(late, "/2") == ["/2"]
