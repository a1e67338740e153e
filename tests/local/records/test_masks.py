"""What is a secret in a record, and what is not."""

import json
from base64 import b64encode
from typing import Any

import pytest

from streambda.local.records.masks import mask_document
from streambda.local.records.secret_texts import MASK, mask_printed, mask_text

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
        ({"text": f"[INST] {KEY}"}, {"text": f"[INST] {MASK}"}),
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


def pack(body: bytes) -> dict[str, Any]:
    """A body as an endpoint hands on what it takes for binary: forms are among that."""
    return {"body": b64encode(body).decode(), "isBase64Encoded": True}


FORM = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        (b"user=a&password=b+c", b"user=a&password=MASKED"),
        (b"user%5Bpassword%5D=b", b"user%5Bpassword%5D=MASKED"),
        ('{"grüße": 1, "token": "b"}'.encode(), b'{"gr\\u00fc\\u00dfe": 1, "token": "MASKED"}'),
        (FORM % (b"password", b"a\r\nb"), FORM % (b"password", b"MASKED")),
        (FORM % (b"api_key", b"b") + b"\xff\0", FORM % (b"api_key", b"MASKED") + b"\xff\0"),
        (FORM % (b"file", b"\xff"), FORM % (b"file", b"\xff")),
        (b"\xff\xfe", b"\xff\xfe"),
    ],
)
def test_bodies_in_base64(body: bytes, masked: bytes) -> None:
    assert mask(pack(body)) == pack(masked)


def test_a_body_that_is_no_base64_stays() -> None:
    event = {"body": "*", "isBase64Encoded": True}

    assert mask(event) == event


def test_a_document_within_a_text_is_searched() -> None:
    records = [{"body": '{"Message": "{\\"password\\": \\"x\\"}"}'}]

    assert mask({"Records": records}) == {
        "Records": [{"body": json.dumps({"Message": json.dumps({"password": MASK})})}]
    }


@pytest.mark.parametrize(
    "name",
    [
        "aws_secret_access_key",
        "AWS_SESSION_TOKEN",
        "newPassword2",
        "user[api_key]",
        "x-gitlab-token",
        "X-Hub-Signature-256",
        "x-amz-security-token",
        "refresh-token",
        "secrets",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert mask({name: "x"}) == {name: MASK}


@pytest.mark.parametrize(
    "name", ["max_tokens", "next_token", "eos_token", "secret_name", "authority", "cookie_banner"]
)
def test_names_of_no_secrets(name: str) -> None:
    assert mask({name: "x"}) == {name: "x"}


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        "bearer abcdefghijkl",
        "IQoJb3JpZ2lu" + "X" * 60,
        "sk_live_" + "a1" * 10,
        "github_pat_" + "a1" * 12,
        "glpat-" + "a1" * 10,
        "xoxb-0123456789-abc",
        "AIza" + "x" * 35,
        "npm_" + "a" * 36,
        "hf_" + "a" * 34,
        "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nthat is cut",
    ],
)
def test_what_looks_like_a_secret_by_itself(secret: str) -> None:
    assert mask_text(secret) == MASK
    assert mask_text(f"take {secret}") == f"take {MASK}"
    assert mask_text(f"x{secret}") == f"x{secret}", "a word that only ends so"


def test_secrets_of_addresses() -> None:
    text = "GET https://me:pw@example.com/?a=1&X-Amz-Signature=00&b#access_token=x"

    assert mask_text(text) == (
        f"GET https://{MASK}@example.com/?a=1&X-Amz-Signature={MASK}&b#access_token={MASK}"
    )


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("login with password=hunter2, ok", "login with password=MASKED, ok"),
        ("Authorization: Basic dTpw\n", "Authorization: MASKED\n"),
        (
            "{'cookies': ['a=1', 'b'], 'token': None, 'body': '{\"pin\": 1, \"token\": \"x y\"}'}",
            "{'cookies': MASKED, 'token': None, 'body': '{\"pin\": 1, \"token\": \"MASKED\"}'}",
        ),
        (
            r'{"body": "{\"api_key\": \"x\"}", "secret": "a\"b", "max_tokens": 5}',
            r'{"body": "{\"api_key\": \"MASKED\"}", "secret": "MASKED", "max_tokens": 5}',
        ),
        ("password: 'never ends", "password: 'MASKED"),
        ("START RequestId: 90ead4d5 Version: $LATEST", None),
        ("token", None),
    ],
)
def test_what_a_log_prints(line: str, masked: str | None) -> None:
    assert mask_printed(line) == (masked or line)
