"""ASGI: scopes, the order of messages, errors at each point, lifespan; on a real Runtime API."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from streambda_runtime import Context, asgi, testing
from streambda_runtime.errors import RuntimeFault
from streambda_runtime.loop import run
from streambda_runtime.runtime_api import RuntimeApi
from tests.support.events import DIRECT, FUNCTION_URL, REST_API
from tests.support.fake_runtime_api import FakeRuntimeApi, read_trailer_error
from tests.support.run_runtime import collect_post, collect_posts
from tests.support.split_prelude import split_prelude

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
END: Message = {"type": "http.response.body", "body": b""}


def body(data: bytes, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


def sending(*messages: Message, error: BaseException | None = None) -> Any:
    """An app that sends these messages, and then raises if there is an error."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        for message in messages:
            await send(message)
        if error is not None:
            raise error

    return app


def scope_of(event: dict[str, Any], **options: Any) -> Message:
    scopes: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scopes.append(scope | {"body": (await receive())["body"]})
            await send(START)
            await send(END)

    result = testing.run(asgi(app, **options), event)
    assert result.error is None
    return scopes[0]


def url_event(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(FUNCTION_URL)
    return event | changes


def rest_event(path: str = "/a", stage: str = "/prod", **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(REST_API)
    event["requestContext"] = event["requestContext"] | {"path": stage + path}
    return event | {"path": path} | changes


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/", "/"), ("/a%20b", "/a b"), ("/a%2Fb", "/a/b"), ("/%E8%AA%9E", "/語"), ("/a+b", "/a+b"),
        ("//a//", "//a//"), ("/%25", "/%"), ("/%FF", "/\ufffd"), ("/a;b=c", "/a;b=c"),
        ("/%zz", "/%zz"),
    ],
)  # fmt: skip
def test_paths_are_decoded_and_kept_as_sent(raw: str, path: str) -> None:
    scope = scope_of(url_event(rawPath=raw))
    assert (scope["path"], scope["raw_path"], scope["root_path"]) == (path, raw.encode(), "")

    scope = scope_of(rest_event(raw))
    assert (scope["path"], scope["raw_path"]) == ("/prod" + path, b"/prod" + raw.encode())
    assert scope["root_path"] == "/prod"


@pytest.mark.parametrize(
    ("base", "raw", "root"),
    [
        ("/v1", "/v1/a", "/v1"), ("v1/", "/v1", "/v1"), ("/v1", "/v12/a", ""), ("/", "/a", ""),
        ("/a/b", "/a/b/c", "/a/b"), ("", "/a", ""),
    ],
)  # fmt: skip
def test_a_base_path_is_the_root_path(base: str, raw: str, root: str) -> None:
    scope = scope_of(url_event(rawPath=raw), base_path=base)

    assert (scope["root_path"], scope["path"]) == (root, raw)


@pytest.mark.parametrize(
    ("multiple", "query"),
    [
        (None, b""), ({}, b""), ({"a": ["1"]}, b"a=1"), ({"a": ["1", "2"]}, b"a=1&a=2"),
        ({"a b": ["c d"]}, b"a+b=c+d"), ({"a": [""]}, b"a="),
        ({"é": ["語&="]}, b"%C3%A9=%E8%AA%9E%26%3D"),
    ],
)  # fmt: skip
def test_a_rest_apis_query_means_the_same(multiple: Any, query: bytes) -> None:
    event = rest_event(multiValueQueryStringParameters=multiple, queryStringParameters=None)

    assert scope_of(event)["query_string"] == query


@pytest.mark.parametrize("query", ["", "a=1&a=2", "a+b=%2B&c", "%E8%AA%9E=%zz&&="])
def test_a_function_urls_query_is_kept_as_sent(query: str) -> None:
    assert scope_of(url_event(rawQueryString=query))["query_string"] == query.encode()


def test_headers_of_payload_1_are_all_there() -> None:
    headers = {"X-Mine": ["1", "2"], "Host": ["api.example"], "Cookie": ["a=1", "b=2"]}
    scope = scope_of(
        rest_event(multiValueHeaders=headers, headers={"X-Mine": "2", "X-Single": "é"})
    )

    assert scope["headers"] == [
        (b"x-mine", b"1"), (b"x-mine", b"2"), (b"host", b"api.example"), (b"cookie", b"a=1"),
        (b"cookie", b"b=2"), (b"x-single", b"\xe9"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "cookies", "cookie"),
    [
        ({}, ["a=1", "b=2"], b"a=1; b=2"), ({"cookie": "a=1; b=2"}, ["a=1", "b=2"], b"a=1; b=2"),
        ({}, [], None), ({}, None, None),
    ],
)  # fmt: skip
def test_cookies_of_payload_2_are_a_header(headers: Any, cookies: Any, cookie: Any) -> None:
    scope = scope_of(url_event(headers=headers, cookies=cookies))

    assert dict(scope["headers"]).get(b"cookie") == cookie


@pytest.mark.parametrize(
    ("headers", "scheme", "server"),
    [
        ({"host": "x.on.aws", "x-forwarded-proto": "https"}, "https", ("x.on.aws", 443)),
        ({"host": "127.0.0.1:8000", "x-forwarded-proto": "http"}, "http", ("127.0.0.1", 8000)),
        ({"host": "[::1]:8000"}, "https", ("::1", 8000)),
        ({"host": "a.b", "x-forwarded-port": "8443"}, "https", ("a.b", 8443)),
        ({"host": "a.b", "x-forwarded-proto": "http"}, "http", ("a.b", 80)),
    ],
)
def test_scheme_and_server(headers: Any, scheme: str, server: Any) -> None:
    scope = scope_of(url_event(headers=headers))

    assert (scope["scheme"], scope["server"]) == (scheme, server)


def test_the_rest_of_the_scope() -> None:
    event = url_event()
    scope = scope_of(event)

    assert scope["type"] == "http"
    assert scope["asgi"] == {"version": "3.0", "spec_version": "2.5"}
    assert scope["http_version"] == "1.1"
    assert scope["method"] == event["requestContext"]["http"]["method"]
    assert scope["client"] == (event["requestContext"]["http"]["sourceIp"], 0)
    assert scope["aws.event"] == event
    assert isinstance(scope["aws.context"], Context)
    assert scope["extensions"] == {}


@pytest.mark.parametrize(
    ("text", "is_base64", "expected"),
    [
        (None, False, b""), ("", False, b""), ("héllo", False, "héllo".encode()),
        ("AP8=", True, b"\x00\xff"), ("", True, b""),
    ],
)  # fmt: skip
def test_bodies(text: Any, is_base64: bool, expected: bytes) -> None:
    assert scope_of(url_event(body=text, isBase64Encoded=is_base64))["body"] == expected


EVENTS = pytest.mark.parametrize("event", [FUNCTION_URL, REST_API], ids=["2.0", "1.0"])


@pytest.mark.parametrize(
    ("headers", "text", "expected"),
    [
        ({}, "é", [(b"content-length", b"2")]), ({}, "", []), ({}, None, []),
        ({"Content-Length": "2"}, "é", [(b"content-length", b"2")]),
        ({"Transfer-Encoding": "chunked"}, "é", [(b"content-length", b"2")]),
    ],
)  # fmt: skip
def test_the_headers_tell_how_long_the_body_is(headers: Any, text: Any, expected: Any) -> None:
    event = url_event(headers=headers, body=text, isBase64Encoded=False, cookies=[])
    assert scope_of(event)["headers"] == expected

    event = rest_event(multiValueHeaders=None, headers=headers, body=text, isBase64Encoded=False)
    assert scope_of(event)["headers"] == expected


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
