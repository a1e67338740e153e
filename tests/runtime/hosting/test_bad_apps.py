"""A bad web app or event: an error that names the app, and the next request works."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from streambda_runtime.hosting.asgi import AsgiHandler
from streambda_runtime.hosting.wsgi import WsgiHandler
from tests.support.asgi_apps import START, Message, Receive, Send, body, sending
from tests.support.events import FUNCTION_URL, REST_API
from tests.support.fake_runtime_api import RecordedRequest, read_trailer_error
from tests.support.run_runtime import collect_posts
from tests.support.split_prelude import split_prelude

NAME = "main.app"
EVENTS = pytest.mark.parametrize("event", [FUNCTION_URL, REST_API], ids=["2.0", "1.0"])
FINE = sending(START, body(b"fine", more=False))


def asgi_in_turn(*apps: Any) -> AsgiHandler:
    """One app, which serves each request as the next of `apps` does."""
    turns = iter(apps)

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        await next(turns)(scope, receive, send)

    return AsgiHandler(app, name=NAME)


def wsgi_in_turn(*apps: Any) -> WsgiHandler:
    turns = iter(apps)
    return WsgiHandler(lambda environ, start: next(turns)(environ, start), name=NAME)


def message_of(post: RecordedRequest) -> str:
    return str(json.loads(post.body)["errorMessage"])


async def send_from_a_task(scope: Message, receive: Receive, send: Send) -> None:
    await asyncio.create_task(FINE(scope, receive, send))
    await send(body(b"more"))


ASGI_BEFORE = {
    "a body before the start": sending(body(b"x")),
    "an unknown message": sending({"type": "websocket.accept"}),
    "no message": sending({}),
    "two starts": sending(START, START),
    "no answer": sending(),
    "no end": sending(START),
    "a text as body": sending(START, {"type": "http.response.body", "body": "text"}),
    "a status that is none": sending(START | {"status": 99}),
    "no status": sending({"type": "http.response.start"}),
    "a line feed in a header": sending(START | {"headers": [(b"x", b"a\nb")]}),
    "a space in a header's name": sending(START | {"headers": [(b"x y", b"a")]}),
    "no value of a header": sending(START | {"headers": [(b"x", None)]}),
    "no name of a header": sending(START | {"headers": [(b"", b"a")]}),
}
ASGI_AFTER = {
    "two starts": sending(START, body(b"a"), START),
    "no end": sending(START, body(b"a")),
    "a text as body": sending(
        START, body(b"a"), {"type": "http.response.body", "body": "text", "more_body": True}
    ),
}
ASGI_AT_THE_END = {
    "a body after the end": sending(START, body(b"a", more=False), body(b"b")),
    "a start after the end": sending(START, body(b"a", more=False), START),
    "from a task": send_from_a_task,
}


@EVENTS
@pytest.mark.parametrize("bad", ASGI_BEFORE.values(), ids=ASGI_BEFORE)
def test_asgi_before_the_first_byte(event: bytes, bad: Any) -> None:
    first, second = collect_posts(asgi_in_turn(bad, FINE), event, event)

    assert first.action == "error"
    assert message_of(first).startswith(NAME)
    assert split_prelude(second.body)[1] == b"fine"


@EVENTS
@pytest.mark.parametrize("bad", ASGI_AFTER.values(), ids=ASGI_AFTER)
def test_asgi_after_the_first_byte(event: bytes, bad: Any) -> None:
    first, second = collect_posts(asgi_in_turn(bad, FINE), event, event)

    assert split_prelude(first.body)[1] == b"a"
    assert read_trailer_error(first)[1]["errorMessage"].startswith(NAME)
    assert split_prelude(second.body)[1] == b"fine"


@EVENTS
@pytest.mark.parametrize("bad", ASGI_AT_THE_END.values(), ids=ASGI_AT_THE_END)
def test_asgi_after_the_end(event: bytes, bad: Any, capfd: pytest.CaptureFixture[str]) -> None:
    first, second = collect_posts(asgi_in_turn(bad, FINE), event, event)

    assert first.trailers == {}
    assert f"{NAME} sent 'http.response." in capfd.readouterr().err
    assert split_prelude(second.body)[1] == b"fine"


def start_twice(environ: Any, start: Any) -> Iterator[bytes]:
    start("200 OK", [])
    start("200 OK", [])
    yield b""


def answer(chunks: Any, status: str = "200 OK", headers: Any = ()) -> Any:
    def app(environ: Any, start: Any) -> Any:
        start(status, list(headers))
        return chunks

    return app


WSGI_BEFORE = {
    "a body before the start": lambda environ, start: [b"a"],
    "two starts": start_twice,
    "no answer": lambda environ, start: [],
    "a text as body": answer(["text"]),
    "a status that is none": answer([b"a"], "99"),
    "a line feed in a header": answer([b"a"], headers=[("x", "a\nb")]),
    "a space in a header's name": answer([b"a"], headers=[("x y", "a")]),
    "no value of a header": answer([b"a"], headers=[("x", None)]),
}


@EVENTS
@pytest.mark.parametrize("bad", WSGI_BEFORE.values(), ids=WSGI_BEFORE)
def test_wsgi_before_the_first_byte(event: bytes, bad: Any) -> None:
    first, second = collect_posts(wsgi_in_turn(bad, answer([b"fine"])), event, event)

    assert first.action == "error"
    assert message_of(first).startswith(NAME)
    assert split_prelude(second.body)[1] == b"fine"


def test_wsgi_after_the_first_byte() -> None:
    handler = wsgi_in_turn(answer([b"a", "text"]), answer([b"fine"]))

    first, second = collect_posts(handler, FUNCTION_URL, FUNCTION_URL)

    assert split_prelude(first.body)[1] == b"a"
    assert read_trailer_error(first)[1]["errorMessage"].startswith(NAME)
    assert split_prelude(second.body)[1] == b"fine"


# No HTTP request of an endpoint that streams.
OTHER_EVENTS: dict[str, Any] = {
    "an ALB": {
        "requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "GET", "path": "/",
        "queryStringParameters": {}, "headers": {"host": "a"}, "body": "", "isBase64Encoded": False,
    },
    "a WebSocket API": {
        "requestContext": {"routeKey": "$connect", "eventType": "CONNECT", "connectionId": "1"},
        "headers": {"Host": "a"}, "isBase64Encoded": False,
    },
    "an authorizer": {
        "type": "REQUEST", "methodArn": "arn", "httpMethod": "GET", "path": "/",
        "requestContext": {"path": "/"},
    },
    "a queue": {"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": "{}"}]},
    "a bucket": {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "a"}}}]},
    "a schedule": {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
    "a payload 2.0 without its request": {"version": "2.0", "requestContext": {"http": None}},
    "a payload 1.0 without its request": {"version": "1.0", "httpMethod": "GET"},
    "a text": "text",
    "null": None,
}  # fmt: skip


@pytest.mark.parametrize("other", OTHER_EVENTS.values(), ids=OTHER_EVENTS)
@pytest.mark.parametrize("handler", [asgi_in_turn(FINE), wsgi_in_turn(answer([b"fine"]))],
                         ids=["ASGI", "WSGI"])  # fmt: skip
def test_events_that_are_no_requests(handler: Any, other: Any) -> None:
    first = collect_posts(handler, json.dumps(other).encode())[0]

    assert (first.action, json.loads(first.body)["errorType"]) == ("error", "Runtime.InvalidEvent")
    assert message_of(first).startswith(f"{NAME} is a web app")
    assert "events=" in message_of(first)


@pytest.mark.parametrize("make", [asgi_in_turn, wsgi_in_turn])
def test_the_request_after_another_event_works(make: Any) -> None:
    fine = FINE if make is asgi_in_turn else answer([b"fine"])

    first, second = collect_posts(make(fine), b'{"Records": []}', REST_API)

    assert first.action == "error"
    assert split_prelude(second.body)[1] == b"fine"
