"""A sentence, word by word: one JSON line a word, or server-sent events, or plain text.

A direct invoke passes `{"sentence": "...", "format": "...", "pause_ms": 250}`, all optional; over
HTTP the same names come from the JSON body or the query.
"""

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from streambda_runtime import Context, StreamingResponse

SENTENCE = "Every word leaves Lambda the moment Python yields it"
PAUSE_MS = 250
LONGEST_PAUSE_MS = 10_000


def ndjson(word: dict[str, Any]) -> str:
    return json.dumps(word) + "\n"


def sse(word: dict[str, Any]) -> str:
    return f"id: {word['index']}\ndata: {json.dumps(word)}\n\n"


def text(word: dict[str, Any]) -> str:
    return f"{word['word']}\n"


FORMATS = {
    "ndjson": (ndjson, "application/x-ndjson"),
    "sse": (sse, "text/event-stream"),
    "text": (text, "text/plain; charset=utf-8"),
}


def handler(event: dict[str, Any], context: Context) -> StreamingResponse:
    over_http = "requestContext" in event
    try:
        request = http_request(event) if over_http else event
        sentence, pause_s = str(request.get("sentence", SENTENCE)), pause_seconds(request)
        encode, media_type = chosen_format(request)
    except ValueError as error:
        if not over_http:
            raise
        return StreamingResponse(f"{error}\n", status_code=400)
    words = sentence.split()
    return StreamingResponse(
        (encode(word) for word in spoken(words, pause_s)),
        media_type=media_type,
        headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
        cookies=[f"words={len(words)}; Path=/", f"request={context.aws_request_id}; HttpOnly"],
    )


def spoken(words: list[str], pause_s: float) -> Iterator[dict[str, Any]]:
    for index, word in enumerate(words):
        if index:
            time.sleep(pause_s)
        yield {"word": word, "index": index, "total": len(words)}


def http_request(event: dict[str, Any]) -> dict[str, Any]:
    """The query's values, overridden by those of a JSON body."""
    body = event.get("body") or "{}"
    if event.get("isBase64Encoded"):
        body = b64decode(body)
    try:
        document = json.loads(body)
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ValueError(f"the body is a JSON {type(document).__name__}, expected an object")
    return (event.get("queryStringParameters") or {}) | document


def pause_seconds(request: dict[str, Any]) -> float:
    value = request.get("pause_ms", PAUSE_MS)
    try:
        pause_ms = float(value)
    except (TypeError, ValueError):
        pause_ms = -1
    if not 0 <= pause_ms <= LONGEST_PAUSE_MS:
        raise ValueError(f"pause_ms is {value!r}, expected 0 to {LONGEST_PAUSE_MS} milliseconds")
    return pause_ms / 1000


def chosen_format(request: dict[str, Any]) -> tuple[Any, str]:
    name = request.get("format", "ndjson")
    if name not in FORMATS:
        raise ValueError(f"format is {name!r}, expected one of {', '.join(FORMATS)}")
    return FORMATS[name]
