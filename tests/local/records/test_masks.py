"""What is a secret in a record, and what is not."""

import json
from typing import Any

import pytest

from streambda.local.records.masks import MASK, mask_document, mask_text

KEY = "AKIAIOSFODNN7EXAMPLE"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"


def mask(event: Any) -> Any:
    return json.loads(mask_document(json.dumps(event).encode()))


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "Authorization",
        "cookie",
        "Set-Cookie",
        "x-api-key",
        "X-Amz-Security-Token",
        "proxy-authorization",
        "x-csrf-token",
        "x-origin-verify",
    ],
)
def test_headers_with_secrets(name: str) -> None:
    event = {"headers": {name: "s3cret"}, "multiValueHeaders": {name: ["s3cret", "other"]}}

    assert mask(event) == {
        "headers": {name: MASK},
        "multiValueHeaders": {name: [MASK, MASK]},
    }


@pytest.mark.parametrize(
    ("event", "masked"),
    [
        ({"cookies": ["a=1", "b=2"]}, {"cookies": [MASK, MASK]}),
        ({"rawQueryString": "q=a+b&token=x&e"}, {"rawQueryString": f"q=a+b&token={MASK}&e"}),
        (
            {"rawQueryString": "X-Amz-Signature=00&X-Amz-Date=1"},
            {"rawQueryString": f"X-Amz-Signature={MASK}&X-Amz-Date=1"},
        ),
        ({"queryStringParameters": {"api_key": "x"}}, {"queryStringParameters": {"api_key": MASK}}),
        (
            {"multiValueQueryStringParameters": {"access_token": ["x"]}},
            {"multiValueQueryStringParameters": {"access_token": [MASK]}},
        ),
        (
            {"body": '{"user": "a", "password": "b"}'},
            {"body": json.dumps({"user": "a", "password": MASK})},
        ),
        ({"body": "user=a&password=b"}, {"body": f"user=a&password={MASK}"}),
        ({"body": f"take {KEY} now"}, {"body": f"take {MASK} now"}),
        (
            {"requestContext": {"identity": {"apiKey": "x", "apiKeyId": "y", "sourceIp": "::1"}}},
            {"requestContext": {"identity": {"apiKey": MASK, "apiKeyId": MASK, "sourceIp": "::1"}}},
        ),
        (
            {"requestContext": {"authorizer": {"claims": {"email": "a@b", "n": 1, "ok": True}}}},
            {"requestContext": {"authorizer": {"claims": {"email": MASK, "n": MASK, "ok": True}}}},
        ),
        ({"authorizationToken": "allow"}, {"authorizationToken": MASK}),
        ({"deep": [{"clientSecret": "x"}]}, {"deep": [{"clientSecret": MASK}]}),
        ({"client_secret": None, "token": False}, {"client_secret": None, "token": False}),
        ({"text": f"Bearer {TOKEN}"}, {"text": MASK}),
        ({"text": "sk-proj-0123456789abcdefghij"}, {"text": MASK}),
        ({"text": "ghp_0123456789abcdefghij0123456789"}, {"text": MASK}),
        # An object under such a name is looked into: only its own secrets are replaced.
        (
            {"credentials": {"region": "x", "secretKey": "y"}},
            {"credentials": {"region": "x", "secretKey": MASK}},
        ),
    ],
)
def test_events_with_secrets(event: Any, masked: Any) -> None:
    assert mask(event) == masked


@pytest.mark.parametrize(
    "event",
    [
        b'{"headers": {"accept":"*/*", "user-agent": "curl"},  "body": null}',
        b'{"max_tokens": 5, "tokens": [1, 2], "author": "x", "tokenize": "y"}',
        b'{"body": "prompt with words = and more", "key": "value"}',
        '{"body": "grüße \\ud83d"}'.encode(),
        b'"text"',
        b"[]",
        b"",
        b"no JSON",
        b"\xff\xfe",
    ],
)
def test_an_event_without_secrets_stays_as_it_is_byte_for_byte(event: bytes) -> None:
    assert mask_document(event) == event


def test_a_lone_surrogate_beside_a_secret_stays() -> None:
    event = b'{"token": "x", "text": "\\ud83d"}'

    assert mask_document(event) == b'{"token": "%s", "text": "\\ud83d"}' % MASK.encode()


def test_an_event_that_is_no_json_is_searched_as_text() -> None:
    assert mask_document(b"key \xff " + KEY.encode()) == b"key \xff " + MASK.encode()


def test_an_event_nested_a_hundred_thousand_deep_is_masked() -> None:
    event = b"[" * 100_000 + b'"' + KEY.encode() + b'"' + b"]" * 100_000

    assert KEY.encode() not in mask_document(event)


def test_what_is_nested_too_deep_to_look_into_is_masked_as_a_whole() -> None:
    event = b"[" * 150 + b'"word"' + b"]" * 150

    assert b"word" not in mask_document(event)


def test_a_line_of_a_log() -> None:
    assert (
        mask_text(f"calling with Bearer {TOKEN}, key {KEY}") == f"calling with {MASK}, key {MASK}"
    )
    assert mask_text("nothing here: sk-ip, eyJ") == "nothing here: sk-ip, eyJ"
