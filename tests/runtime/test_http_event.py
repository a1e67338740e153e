"""Front doors are told by the event's shape; an unknown shape is a direct invoke."""

import json
from typing import Any

import pytest

from streambda_runtime.http_event import payload_version
from tests.support.events import FUNCTION_URL, REST_API

URL, REST = json.loads(FUNCTION_URL), json.loads(REST_API)
ALB = REST | {"requestContext": {"elb": {"targetGroupArn": "arn"}}}


@pytest.mark.parametrize(
    ("event", "version"),
    [
        (URL, "2.0"),
        (REST, "1.0"),
        (ALB, None),
        ({"sentence": "direct"}, None),
        ({"requestContext": None}, None),
        ({"requestContext": {"http": "no"}, "version": "2.0"}, None),
        # Said to follow a stream of a REST API; one source only. It must not be taken for HTTP.
        ({"invokeCompletionStatus": "Success", "requestId": "r"}, None),
        ([], None), (None, None), ("text", None), (7, None),
    ],
)  # fmt: skip
def test_b11_payload_version(event: Any, version: str | None) -> None:
    assert payload_version(event) == version
