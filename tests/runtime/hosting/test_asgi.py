"""ASGI: the order of messages, errors at each point, how a response ends; on a real Runtime API."""

import asyncio
import json
from typing import Any

import pytest

from streambda_runtime import asgi, testing, wsgi
from tests.support.asgi_apps import END, START, Message, Receive, Send, body, sending
from tests.support.events import DIRECT, FUNCTION_URL, REST_API
from tests.support.fake_runtime_api import read_trailer_error
from tests.support.run_runtime import collect_post, collect_posts
from tests.support.split_prelude import split_prelude

EVENTS = pytest.mark.parametrize("event", [FUNCTION_URL, REST_API], ids=["2.0", "1.0"])


def url_event(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(FUNCTION_URL)
    return event | changes


@EVENTS
def test_status_headers_and_cookies_go_into_the_prelude(event: bytes) -> None:
    headers = [
        (b"Content-Type", b"text/html"), (b"x-mine", b"1"), (b"x-mine", b"2"),
        (b"set-cookie", b"a=1"), (b"Set-Cookie", b"b=2"), (b"x-utf8", "é".encode()),
        (b"x-latin", b"\xe9"), (b"content-length", b"3"), (b"connection", b"close"),
    ]  # fmt: skip
    start = {"type": "http.response.start", "status": 201, "headers": headers}

    post = collect_post(asgi(sending(start, body(b"abc", more=False))), event)

    prelude, sent = split_prelude(post.body)
    assert sent == b"abc"
    assert prelude["statusCode"] == 201
    assert prelude["cookies"] == ["a=1", "b=2"]
    assert prelude["headers"]["content-type"] == "text/html"
    assert prelude["headers"]["x-utf8"] == prelude["headers"]["x-latin"] == "é"
    assert not {"content-length", "connection", "set-cookie"} & set(prelude["headers"])


def test_each_body_is_sent_at_once_and_the_app_waits() -> None:
    arrived: list[bytes] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send(START)
            for chunk in (b"one", b"", b"two"):
                await send(body(chunk))
                assert not chunk or arrived[-1].endswith(chunk)
            await send(END)

    result = testing.run(asgi(app), url_event(), on_chunk=arrived.append)

    assert result.error is None
    assert arrived == [b"one", b"two"]


START_TWICE = "sent 'http.response.start', expected 'http.response.body'"


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (sending(body(b"x")), "sent 'http.response.body', expected 'http.response.start' first"),
        (sending(START, START), START_TWICE),
        (sending({"type": "http.nonsense"}), "sent 'http.nonsense'"),
        (sending({}), "sent None"),
        (sending(), "returned without answering"),
        (sending(START), "returned before the response ended"),
        (
            sending(START, {"type": "http.response.body", "body": "text"}),
            "type str, expected bytes",
        ),
        (sending(START | {"status": 99}), "status 99"),
        (sending(START | {"status": "200"}), "status '200'"),
        (sending(START | {"headers": [(b"x", b"a\nb")]}), "of header 'x'"),
        (sending(START | {"headers": [(b"x y", b"a")]}), "header name 'x y'"),
        (sending(error=ValueError("mine")), "mine"),
        (sending(START, error=ValueError("mine")), "mine"),
    ],
)
@EVENTS
def test_an_error_before_the_first_byte_is_a_real_one_and_the_next_request_works(
    event: bytes, app: Any, message: str
) -> None:
    apps = iter([app, sending(START, body(b"fine", more=False))])
    handlers = iter([asgi(next(apps)), asgi(next(apps))])

    first, second = collect_posts(lambda e, c: next(handlers)(e, c), event, event)

    assert first.action == "error"
    assert message in json.loads(first.body)["errorMessage"]
    assert split_prelude(second.body)[1] == b"fine"


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (sending(START, body(b"a"), START), START_TWICE),
        (sending(START, body(b"a")), "returned before the response ended"),
        (sending(START, body(b"a"), error=ValueError("mine")), "mine"),
        (sending(START, body(b"a"), error=asyncio.CancelledError()), ""),
    ],
)
def test_an_error_after_the_first_byte_is_told_in_trailers(app: Any, message: str) -> None:
    post = collect_post(asgi(app), FUNCTION_URL)

    assert split_prelude(post.body)[1] == b"a"
    assert message in read_trailer_error(post)[1]["errorMessage"]


@pytest.mark.parametrize("error", [ValueError("after the end"), None])
def test_what_comes_after_the_end_is_logged(
    error: BaseException | None, capfd: pytest.CaptureFixture[str]
) -> None:
    messages = [START, body(b"a", more=False)] + ([] if error else [body(b"b")])

    post = collect_post(asgi(sending(*messages, error=error)), FUNCTION_URL)

    assert split_prelude(post.body)[1] == b"a"
    assert post.trailers == {}
    assert "after the end" in capfd.readouterr().err


def test_receive_blocks_until_the_response_has_ended() -> None:
    seen: list[str] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        seen.append((await receive())["type"])
        waiting = asyncio.ensure_future(receive())
        await send(START)
        await send(body(b"a"))
        for _ in range(3):
            await asyncio.sleep(0)
        seen.append(f"done {waiting.done()}")
        await send(END)
        seen.append((await waiting)["type"])
        seen.append((await receive())["type"])

    collect_post(asgi(app), FUNCTION_URL)

    assert seen == ["http.request", "done False", "http.disconnect", "http.disconnect"]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_a_response_without_a_body_has_none(method: str, status: int) -> None:
    event = url_event()
    event["requestContext"]["http"]["method"] = method
    app = sending(START | {"status": status}, body(b"a"), body(b"b", more=False))

    post = collect_post(asgi(app), json.dumps(event).encode())

    assert split_prelude(post.body)[1] == b""
    assert post.trailers == {}


def test_statuses_that_count_as_failures() -> None:
    app = sending(START | {"status": 503}, body(b"down", more=False))

    result = testing.run(asgi(app, error_statuses=[500, 503]), url_event())

    assert result.status_code is None
    assert result.error is not None
    assert result.error["errorType"] == "Runtime.ErrorStatus"
    assert testing.run(asgi(app, error_statuses=[500]), url_event()).status_code == 503


@pytest.mark.parametrize(
    "event",
    [{}, {"Records": []}, [], None, {"httpMethod": "GET", "requestContext": {"elb": {}}}],
)
def test_an_event_that_is_no_request_goes_elsewhere_or_is_an_error(event: Any) -> None:
    app = sending(START, END)

    error = testing.run(asgi(app), event).error
    result = testing.run(asgi(app, events=lambda event, context: {"other": True}), event)

    assert error is not None
    assert error["errorType"] == "Runtime.InvalidEvent"
    assert "sending.<locals>.app" in error["errorMessage"] or "function" in error["errorMessage"]
    assert result.body == b'{"other":true}'


@pytest.mark.parametrize("event", [{"Records": [{"body": "é"}]}, {}, [], None, "text"])
def test_an_event_that_is_no_request_may_be_posted_to_the_app(event: Any) -> None:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            seen.append((scope["method"], scope["path"], dict(scope["headers"])[b"content-type"]))
            seen.append(json.loads((await receive())["body"]))
            assert scope["aws.event"] == event
            await send(START)
            await send({"type": "http.response.body", "body": b'{"batchItemFailures":[]}'})

    seen: list[Any] = []
    result = testing.run(asgi(app, events="/events"), event)

    assert seen == [("POST", "/events", b"application/json"), event]
    assert result.body == b'{"batchItemFailures":[]}'
    assert result.error is None


@pytest.mark.parametrize(
    ("status", "fails"), [(200, False), (302, False), (400, True), (503, True)]
)
def test_an_event_that_the_app_refuses_is_a_failed_invocation(status: int, fails: bool) -> None:
    handler = asgi(sending({**START, "status": status}, END), events="/events")

    assert (testing.run(handler, {"Records": []}).error is not None) is fails
    assert testing.run(handler, url_event()).status_code == status


@pytest.mark.parametrize("wrap", [asgi, wsgi])
def test_events_go_to_a_handler_or_a_path(wrap: Any) -> None:
    with pytest.raises(ValueError, match="events is 'events', expected a handler or a path such"):
        wrap(sending(START, END), events="events")


def test_two_hundred_requests_leave_no_task_behind() -> None:
    counts: set[int] = set()

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send(START)
            await send(END)
            counts.add(len(asyncio.all_tasks()))

    collect_posts(asgi(app), *[FUNCTION_URL] * 200)

    assert counts == {1}


@pytest.mark.parametrize("cancels", [True, False])
def test_a_task_that_sends_the_end_may_be_cancelled_or_left(cancels: bool) -> None:
    """As Quart and Django do it: the Runtime API's answer is read all the same."""

    async def answer(send: Send) -> None:
        await send(START)
        await send(body(b"fine", more=False))

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sending = asyncio.create_task(answer(send))
            await asyncio.sleep(0)  # it waits for the Runtime API's answer now
            if cancels:
                sending.cancel()

    posts = collect_posts(asgi(app), *[FUNCTION_URL] * 20)

    assert [split_prelude(post.body)[1] for post in posts] == [b"fine"] * 20


def test_the_client_is_gone_only_when_the_response_has_been_answered() -> None:
    """Apps cancel what sends as soon as `receive` says so."""
    cancelled: list[bool] = []

    async def answer(send: Send) -> None:
        await send(START)
        await send(END)

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await receive()
            sending = asyncio.create_task(answer(send))
            assert (await receive())["type"] == "http.disconnect"
            sending.cancel()
            await asyncio.wait({sending})
            cancelled.append(sending.cancelled())

    collect_posts(asgi(app), *[FUNCTION_URL] * 20)

    assert cancelled == [False] * 20


def test_a_direct_invoke_is_not_a_request() -> None:
    post = collect_post(asgi(sending(START, END)), DIRECT)

    assert json.loads(post.body)["errorType"] == "Runtime.InvalidEvent"
