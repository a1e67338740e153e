"""Calls the example handler as a plain function, as a user's own unit test can do."""

import json
from typing import Any

import pytest

from handlers import words
from streambda_runtime import Context, StreamingResponse

CONTEXT = Context({"lambda-runtime-aws-request-id": "id-1"}, {})


def call(event: dict[str, Any]) -> tuple[StreamingResponse, str]:
    response = words.handler({"pause_ms": 0} | event, CONTEXT)
    content: Any = response.content
    return response, "".join(content)


def over_http(query: dict[str, str] | None = None, body: str | None = None) -> dict[str, Any]:
    query = {"pause_ms": "0"} | (query or {})
    return {"requestContext": {}, "queryStringParameters": query, "body": body}


def test_the_default_is_one_json_line_per_word() -> None:
    _, body = call({"sentence": "to be streamed"})

    assert [json.loads(line) for line in body.splitlines()] == [
        {"word": "to", "index": 0, "total": 3},
        {"word": "be", "index": 1, "total": 3},
        {"word": "streamed", "index": 2, "total": 3},
    ]


@pytest.mark.parametrize(
    ("name", "media_type", "body"),
    [
        ("text", "text/plain; charset=utf-8", "hi\n"),
        ("ndjson", "application/x-ndjson", '{"word": "hi", "index": 0, "total": 1}\n'),
        ("sse", "text/event-stream", 'id: 0\ndata: {"word": "hi", "index": 0, "total": 1}\n\n'),
    ],
)
def test_each_format_has_its_media_type(name: str, media_type: str, body: str) -> None:
    response, content = call(over_http({"format": name, "sentence": "hi"}))

    assert response.media_type == media_type
    assert content == body


@pytest.mark.parametrize(
    "event",
    [
        over_http({"sentence": "from query", "format": "text"}, '{"sentence": "from body"}'),
        over_http({"format": "text"}, "eyJzZW50ZW5jZSI6ICJmcm9tIGJvZHkifQ==")
        | {"isBase64Encoded": True},
    ],
    ids=["text", "base64"],
)
def test_the_body_wins_over_the_query(event: dict[str, Any]) -> None:
    assert call(event)[1] == "from\nbody\n"


def test_without_a_sentence_there_is_a_default_one() -> None:
    assert call({})[1].count("\n") == len(words.SENTENCE.split())


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (over_http(body="{no"), "the body is not JSON"),
        (over_http(body="[1]"), "the body is a JSON list, expected an object"),
        (over_http({"format": "xml"}), "format is 'xml', expected one of ndjson, sse, text"),
        (over_http({"pause_ms": "-1"}), "pause_ms is '-1', expected 0 to 10000 milliseconds"),
        (over_http({"pause_ms": "soon"}), "pause_ms is 'soon'"),
    ],
)
def test_bad_input_over_http_is_a_400_that_says_why(event: dict[str, Any], message: str) -> None:
    response, body = call(event)

    assert response.status_code == 400
    assert body.startswith(message)
    assert body.count("\n") == 1


def test_bad_input_of_a_direct_invoke_raises() -> None:
    with pytest.raises(ValueError, match="format is 'xml'"):
        call({"format": "xml"})
