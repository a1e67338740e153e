"""What a payload that was read to its end becomes."""

import json
from typing import Any

import pytest

from streambda.local.http.buffered_response import (
    InvalidProxyResponse,
    parse_proxy_response,
    parse_streamed_response,
)
from streambda.local.http.prelude import DELIMITER, PreludeError
from streambda.local.http.response import HttpResponse
from streambda.local.limits.limits import PRELUDE_BYTES

JSON = (b"content-type", b"application/json")


@pytest.mark.parametrize(
    ("document", "response"),
    [
        ({"statusCode": 204}, HttpResponse(204, [JSON])),
        ({"statusCode": 200, "body": "é"}, HttpResponse(200, [JSON], "é".encode())),
        ({"statusCode": "404"}, HttpResponse(404, [JSON])),
        ({}, HttpResponse(200, [JSON])),
        ({"body": 42}, HttpResponse(200, [JSON], b"42")),
        (
            {"headers": {"a": 1, "b": True}, "multiValueHeaders": {"c": [2]}, "body": None},
            HttpResponse(200, [(b"a", b"1"), (b"b", b"true"), (b"c", b"2"), JSON]),
        ),
        (
            {"statusCode": 200, "body": "/wA=", "isBase64Encoded": True},
            HttpResponse(200, [JSON], b"\xff\0"),
        ),
        (
            {"statusCode": 200, "headers": {"Content-Type": "a/b", "Content-Length": "9"}},
            HttpResponse(200, [(b"content-type", b"a/b")]),
        ),
    ],
)
def test_proxy_responses(document: dict[str, Any], response: HttpResponse) -> None:
    assert parse_proxy_response(json.dumps(document).encode()) == response


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"text", "not JSON"),
        (b"[]", "is a JSON list, expected an object with"),
        (b'{"statusCode": "ok"}', "statusCode is 'ok'"),
        (b'{"statusCode": "%s"}' % (b"2" * 5000), "statusCode is '222"),
        (b'{"statusCode": 200, "a": 1}', "has a key 'a', expected an object with"),
        (b'{"statusCode": 200, "body": {"a": 1}}', "body is a JSON dict, expected a string"),
        (b'{"headers": {"a": []}}', "headers is"),
        (b'{"multiValueHeaders": {"a": 1}}', "multiValueHeaders is"),
        (b'{"statusCode": 200, "body": "a", "isBase64Encoded": true}', "base64"),
    ],
)
def test_payloads_that_are_not_proxy_responses(payload: bytes, message: str) -> None:
    with pytest.raises(InvalidProxyResponse, match=message):
        parse_proxy_response(payload)


def test_what_a_function_url_takes_for_a_response() -> None:
    document = {"statusCode": 200, "body": {"a": 1}, "other": 1}
    response = parse_proxy_response(json.dumps(document).encode(), inferred=True)

    assert response == HttpResponse(200, [JSON], b'{"a": 1}')
    with pytest.raises(InvalidProxyResponse, match="no statusCode"):
        parse_proxy_response(b'{"body": "a"}', inferred=True)


@pytest.mark.parametrize("limit", [PRELUDE_BYTES, None])
def test_a_streamed_response_that_was_buffered(limit: int | None) -> None:
    payload = b'{"statusCode": 201, "headers": {"content-length": "9"}}' + DELIMITER + b"body"

    assert parse_streamed_response(payload, limit) == HttpResponse(201, [], b"body")


def test_a_prelude_is_as_long_as_the_limit_allows() -> None:
    payload = b"{}" + b" " * 20_000 + DELIMITER + b"body"

    assert parse_streamed_response(payload, None).body == b"body"
    with pytest.raises(PreludeError, match=f"within the first {PRELUDE_BYTES} bytes"):
        parse_streamed_response(payload, PRELUDE_BYTES)
