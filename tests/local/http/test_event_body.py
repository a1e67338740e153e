"""Requests as events: what is text, what is base64, what a name with many values becomes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from streambda.local.endpoints.function_url.event import make_function_url_event
from streambda.local.http.event_body import EventBody, is_text
from streambda.local.http.request import HttpRequest


def call(**changes: Any) -> HttpRequest:
    given: dict[str, Any] = {
        "method": "GET",
        "raw_path": "/",
        "path": "/",
        "query": "",
        "headers": (("host", "127.0.0.1:8001"),),
        "body": b"",
        "client": "127.0.0.1",
        "protocol": "HTTP/1.1",
        "request_id": "r",
        "trace_id": "t",
        "time": datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
    }
    return HttpRequest(**(given | changes))


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("text/plain", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/xml", True),
        ("application/javascript", True),
        (" text/csv ; header=present", True),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("application/problem+json", False),
        ("application/x-ndjson", False),
        ("application/jsonp", False),
        ("image/svg+xml", False),
        ("text", False),
        ("application/octet-stream", False),
        ("image/png", False),
        ("", False),
        (None, False),
    ],
)
def test_which_types_are_text(content_type: str | None, text: bool) -> None:
    assert is_text(content_type) is text


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("text/plain", b"", EventBody(None, False)),
        ("text/plain", "é".encode(), EventBody("é", False)),
        ("text/plain", b"\xff", EventBody("/w==", True)),
        ("image/png", b"abc", EventBody("YWJj", True)),
    ],
)
def test_body_of_a_function_url(content_type: str, body: bytes, expected: EventBody) -> None:
    headers = (("content-type", content_type),)

    assert EventBody.of_function_url(call(headers=headers, body=body)) == expected


@pytest.mark.parametrize(
    ("binary", "body", "expected"),
    [
        (False, b"", EventBody(None, False)),
        (True, b"", EventBody(None, False)),
        (False, "é".encode(), EventBody("é", False)),
        (False, b"\xff\x00a", EventBody("\ufffd\x00a", False)),
        (True, b"\xff\x00a", EventBody("/wBh", True)),
        (True, b"abc", EventBody("YWJj", True)),
    ],
)
def test_body_of_a_rest_api(binary: bool, body: bytes, expected: EventBody) -> None:
    assert EventBody.of_rest_api(call(body=body), binary=binary) == expected


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("127.0.0.1:8001", "127.0.0.1"),
        ("localhost", "localhost"),
        ("[::1]:80", "[::1]"),
        ("[::1]", "[::1]"),
        (None, "localhost"),
    ],
)
def test_domain_name_has_no_port(host: str | None, domain: str) -> None:
    headers = (("host", host),) if host else ()

    assert call(headers=headers).domain_name == domain


def test_function_url_event_leaves_out_what_is_empty() -> None:
    event = make_function_url_event(call(), "abc")

    assert not {"cookies", "queryStringParameters", "body"} & event.keys()
    assert not {"cookie", "content-length"} & event["headers"].keys()
    assert event["requestContext"]["time"] == "21/Nov/2026:08:30:00 +0000"
    assert event["requestContext"]["timeEpoch"] == 1795249800000
