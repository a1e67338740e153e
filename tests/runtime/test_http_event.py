"""Endpoints are told by the event's shape; an unknown shape is a direct invoke."""

import json
from typing import Any

import pytest

from streambda_runtime.http_event import read_http_event
from tests.support.events import FUNCTION_URL, REST_API

URL, REST = json.loads(FUNCTION_URL), json.loads(REST_API)
ALB = REST | {"requestContext": {"elb": {"targetGroupArn": "arn"}}}


@pytest.mark.parametrize(
    ("event", "version"),
    [
        (URL, "2.0"),
        (REST, "1.0"),
        (ALB, None),
        (REST | {"type": "REQUEST", "methodArn": "arn:aws:execute-api:…"}, None),
        (URL | {"type": "REQUEST", "routeArn": "arn:aws:execute-api:…"}, None),
        ({"sentence": "direct"}, None),
        ({"requestContext": None}, None),
        ({"requestContext": {"http": "no"}, "version": "2.0"}, None),
        # Said to follow a stream of a REST API; one source only. It must not be taken for HTTP.
        ({"invokeCompletionStatus": "Success", "requestId": "r"}, None),
        ([], None), (None, None), ("text", None), (7, None),
    ],
)  # fmt: skip
def test_b11_the_endpoint_is_told_by_the_events_shape(event: Any, version: str | None) -> None:
    endpoint = read_http_event(event)

    assert (None if endpoint is None else endpoint.version) == version


@pytest.mark.parametrize("event", [URL, REST])
def test_b1_a_body_is_left_out_where_http_has_none(event: Any) -> None:
    endpoint = read_http_event(event)
    assert endpoint is not None

    assert [endpoint.allows_body(status) for status in (200, 204, 205, 304, 404)] == [
        True, False, False, False, True
    ]  # fmt: skip
    endpoint.method = "HEAD"
    assert not endpoint.allows_body(200)
