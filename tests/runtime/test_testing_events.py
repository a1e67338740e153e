"""`streambda_runtime.testing.http_event`: the events that an endpoint would make."""

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest

from streambda_runtime import testing
from streambda_runtime.http_event import read_http_event

VERSIONS = pytest.mark.parametrize("version", ["1.0", "2.0"])
# The request that was seen on AWS.
QUERY = (
    "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb"
    "&literalPlus=a+b&encodedPlus=a%2Bb&empty="
)
SEEN: dict[str, Any] = {
    "method": "POST",
    "path": "/capture/space%20value",
    "query": QUERY,
    "json": {"hello": "wörld"},
    "headers": [("x-probe", "first"), ("x-probe", "second")],
    "cookies": {"session": "abc123", "theme": "dark"},
}


def test_a_function_url_makes_payload_2_0() -> None:
    event = testing.http_event(**SEEN)

    request = event["requestContext"]
    assert (event["version"], event["routeKey"], request["stage"]) == (
        "2.0",
        "$default",
        "$default",
    )
    assert (event["rawPath"], request["http"]["path"]) == (
        "/capture/space%20value",
        "/capture/space value",
    )
    assert event["rawQueryString"] == QUERY
    assert event["queryStringParameters"] == {
        "repeat": "one,two",
        "redirect": "https://example.com/a/b",
        "literalPlus": "a b",
        "encodedPlus": "a+b",
        "empty": "",
    }
    assert event["cookies"] == ["session=abc123", "theme=dark"]
    headers = event["headers"]
    assert headers["cookie"] == "session=abc123; theme=dark"
    assert headers["x-probe"] == "first,second"
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(event["body"].encode()))
    assert all(name == name.lower() for name in headers)
    assert (event["body"], event["isBase64Encoded"]) == ('{"hello":"wörld"}', False)
    assert request["accountId"] == "anonymous"


def test_a_rest_api_makes_payload_1_0() -> None:
    event = testing.http_event(**SEEN, version="1.0")

    request = event["requestContext"]
    assert "version" not in event
    assert (event["httpMethod"], request["httpMethod"]) == ("POST", "POST")
    assert event["path"] == "/capture/space%20value"
    assert request["path"] == "/prod/capture/space%20value"
    assert event["pathParameters"] == {"proxy": "capture/space%20value"}
    assert (event["resource"], request["resourcePath"]) == ("/{proxy+}", "/{proxy+}")
    assert event["queryStringParameters"]["repeat"] == "two"
    assert event["multiValueQueryStringParameters"]["repeat"] == ["one", "two"]
    assert event["queryStringParameters"]["encodedPlus"] == "a+b"
    assert event["headers"]["x-probe"] == "second"
    assert event["multiValueHeaders"]["x-probe"] == ["first", "second"]
    assert {"Host", "User-Agent", "X-Amzn-Trace-Id", "X-Forwarded-For"} <= event["headers"].keys()
    assert event["headers"]["cookie"] == "session=abc123; theme=dark"
    assert (event["body"], event["isBase64Encoded"]) == ('{"hello":"wörld"}', False)


def test_what_a_request_does_not_have_is_absent_or_null() -> None:
    url, rest = testing.http_event(), testing.http_event(version="1.0")

    assert not {"body", "cookies", "queryStringParameters"} & url.keys()
    assert (rest["body"], rest["queryStringParameters"], rest["pathParameters"]) == (None,) * 3
    assert (rest["multiValueQueryStringParameters"], rest["resource"]) == (None, "/")


@VERSIONS
def test_the_runtime_takes_it_for_an_http_event(version: str) -> None:
    event = testing.http_event("put", "/x", version=version)

    found = read_http_event(event)
    assert found is not None
    assert (found.version, found.method) == (version, "PUT")
    assert json.loads(json.dumps(event)) == event


@pytest.mark.parametrize(
    ("arguments", "raw_path", "raw_query"),
    [
        ({"path": "/a?x=1&y=2"}, "/a", "x=1&y=2"),
        ({"path": "/a", "query": {"x": "1 2", "y": ["ü", "3"]}}, "/a", "x=1+2&y=%C3%BC&y=3"),
        ({"path": "/a", "query": [("x", "1"), ("x", "2")]}, "/a", "x=1&x=2"),
        ({"path": "/a b/ü"}, "/a%20b/%C3%BC", ""),
        ({"path": "/a%2Fb//c/"}, "/a%2Fb//c/", ""),
        ({"path": "/a", "query": "already=%20sent"}, "/a", "already=%20sent"),
    ],
)
def test_paths_and_queries(arguments: dict[str, Any], raw_path: str, raw_query: str) -> None:
    event = testing.http_event("GET", **arguments)

    assert (event["rawPath"], event["rawQueryString"]) == (raw_path, raw_query)
    assert testing.http_event("GET", **arguments, version="1.0")["path"] == raw_path


@pytest.mark.parametrize(
    ("content_type", "body", "base64"),
    [
        ("text/plain; charset=utf-8", "ü", False),
        ("application/xml", "<a/>", False),
        ("text/csv", b"\xff\xfe", True),
        ("application/x-www-form-urlencoded", "a=b", True),
        ("image/png", b"\x89PNG", True),
        (None, "no type", True),
    ],
)
def test_which_bodies_a_function_url_encodes(
    content_type: str | None, body: str | bytes, base64: bool
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    event = testing.http_event("POST", "/", body=body, headers=headers)
    rest = testing.http_event("POST", "/", body=body, headers=headers, version="1.0")

    sent = body.encode() if isinstance(body, str) else body
    read = b64decode(event["body"]) if base64 else event["body"].encode()
    assert (event["isBase64Encoded"], read) == (base64, sent)
    # A REST API without binaryMediaTypes takes everything for text.
    assert (rest["isBase64Encoded"], rest["body"]) == (False, sent.decode("utf-8", "replace"))


def test_headers_that_are_given_win_and_keep_their_spelling() -> None:
    headers: dict[str, str | list[str]] = {
        "Content-Type": "application/vnd.api+json",
        "Host": "example.com",
        "X-A": ["1", "2"],
    }
    event = testing.http_event("POST", "/", json=None, headers=headers, version="1.0")

    assert event["headers"]["Content-Type"] == "application/vnd.api+json"
    assert "content-type" not in event["headers"]
    assert event["multiValueHeaders"]["Host"] == ["example.com"]
    assert event["multiValueHeaders"]["X-A"] == ["1", "2"]
    assert event["body"] == "null"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"version": "3"}, ValueError, 'version is \'3\', expected "1.0" (REST API) or "2.0"'),
        ({"version": 2}, ValueError, "version is 2, expected"),
        ({"json": 1, "body": "1"}, ValueError, "json and body are both given"),
        ({"path": "chat"}, ValueError, "path is 'chat', expected one that begins with '/'"),
        ({"path": "/?a=1", "query": "b=2"}, ValueError, "path holds the query 'a=1'"),
        ({"headers": {"x-count": 3}}, TypeError, "headers: x-count is 3, expected a string"),
        ({"query": {"n": [1]}}, TypeError, "query: n has 1, expected a string"),
        ({"cookies": "a=b"}, TypeError, "cookies is 'a=b', expected a mapping or a list"),
    ],
)
def test_bad_arguments_are_named(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as raised:
        testing.http_event("GET", **arguments)

    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def fails(event: Any, context: Any) -> None:
    raise ValueError("no prompt")


def breaks(event: Any, context: Any) -> Iterator[str]:
    yield "one"
    raise ValueError("in the middle")


def streams(event: Any, context: Any) -> Iterator[str]:
    yield from ("one", "two")


def answers(event: Any, context: Any) -> dict[str, Any]:
    return {"statusCode": 201, "body": "x"}


@pytest.mark.parametrize(
    ("handler", "event", "status", "words"),
    [
        (streams, {}, None, "<Result direct invoke, text/plain; charset=utf-8, 2 chunks of 6 by"),
        (fails, {}, None, "error 'ValueError: no prompt'"),
        (streams, testing.http_event(), 200, "status 200, "),
        (streams, testing.http_event(version="1.0"), 200, "2 chunks of 6 bytes: b'onetwo'>"),
        (fails, testing.http_event(), 502, "status 502, 0 chunks of 0 bytes: b'', error 'ValueErr"),
        (fails, testing.http_event(version="1.0"), 502, "status 502"),
        # Nobody can take a status back.
        (breaks, testing.http_event(), 200, "error 'ValueError: in the middle'"),
        (breaks, testing.http_event(version="1.0"), 200, "status 200"),
    ],
)
def test_a_result_has_the_status_of_an_endpoint_and_a_repr(
    handler: Any, event: Any, status: int | None, words: str
) -> None:
    result = testing.run(handler, event)

    assert result.status == status
    assert words in repr(result)
    assert "\n" not in repr(result)


def test_a_repr_is_short() -> None:
    result = testing.run(lambda event, context: iter(["x" * 10_000]), testing.http_event())

    assert len(repr(result)) < 200
    assert "1 chunk of 10000 bytes" in repr(result)


@pytest.mark.parametrize(("version", "status"), [("2.0", 201), ("1.0", 201)])
def test_a_whole_response_of_a_proxy_integration(version: str, status: int) -> None:
    result = testing.run(answers, testing.http_event(version=version))

    assert result.status == status
