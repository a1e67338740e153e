"""An event as the request that it was made from, as an ASGI app sees it."""

import json
from typing import Any

import pytest

from streambda_runtime import Context, asgi, testing
from tests.support.asgi_apps import END, START, Message, Receive, Send
from tests.support.events import FUNCTION_URL, REST_API


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
    ("path", "root"),
    [("/orders/1", "/prod/orders"), ("/orders", "/prod/orders"), ("/ordersome", "/prod"),
     ("/other", "/prod")],
)  # fmt: skip
def test_a_base_path_comes_after_the_stage(path: str, root: str) -> None:
    """As where the resource `/orders/{proxy+}` of a REST API is one app, and others are others."""
    scope = scope_of(rest_event(path), base_path="/orders")

    assert (scope["root_path"], scope["path"]) == (root, f"/prod{path}")


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
