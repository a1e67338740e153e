"""Streams a sentence word by word: as JSON lines, as server-sent events or as plain text.

The event of a direct invoke is `{"sentence": "...", "format": "...", "pause_ms": 250}`; each of
these is optional. Over HTTP the same names are in the JSON body or in the query.
"""

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from streambda_runtime import Context, StreamingResponse

SENTENCE = "Every word leaves Lambda the moment Python yields it"
PAUSE_MS = 250
MAX_PAUSE_MS = 10_000


def encode_ndjson(word: dict[str, Any]) -> str:
    return json.dumps(word) + "\n"


def encode_sse(word: dict[str, Any]) -> str:
    return f"id: {word['index']}\ndata: {json.dumps(word)}\n\n"


def encode_text(word: dict[str, Any]) -> str:
    return f"{word['word']}\n"


FORMATS = {
    "ndjson": (encode_ndjson, "application/x-ndjson"),
    "sse": (encode_sse, "text/event-stream"),
    "text": (encode_text, "text/plain; charset=utf-8"),
}


def handler(event: dict[str, Any], context: Context) -> StreamingResponse:
    over_http = "requestContext" in event
    try:
        request = read_http_request(event) if over_http else event
        sentence, pause_s = str(request.get("sentence", SENTENCE)), read_pause_s(request)
        encode, media_type = choose_format(request)
    except ValueError as error:
        if not over_http:
            raise
        return StreamingResponse(f"{error}\n", status_code=400)
    words = sentence.split()
    return StreamingResponse(
        (encode(word) for word in speak(words, pause_s)),
        media_type=media_type,
        headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
        cookies=[f"words={len(words)}; Path=/", f"request={context.aws_request_id}; HttpOnly"],
    )


def speak(words: list[str], pause_s: float) -> Iterator[dict[str, Any]]:
    """Yields one word after the other, with a pause between them."""
    for index, word in enumerate(words):
        if index:
            time.sleep(pause_s)
        yield {"word": word, "index": index, "total": len(words)}


def read_http_request(event: dict[str, Any]) -> dict[str, Any]:
    """The values of the query and of the JSON body. The body wins."""
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


def read_pause_s(request: dict[str, Any]) -> float:
    """The pause between two words, in seconds. Raises ValueError."""
    value = request.get("pause_ms", PAUSE_MS)
    try:
        pause_ms = float(value)
    except (TypeError, ValueError):
        pause_ms = -1
    if not 0 <= pause_ms <= MAX_PAUSE_MS:
        raise ValueError(f"pause_ms is {value!r}, expected 0 to {MAX_PAUSE_MS} milliseconds")
    return pause_ms / 1000


def choose_format(request: dict[str, Any]) -> tuple[Any, str]:
    """The encoder of a word, and the media type. Raises ValueError."""
    name = request.get("format", "ndjson")
    if name not in FORMATS:
        raise ValueError(f"format is {name!r}, expected one of {', '.join(FORMATS)}")
    return FORMATS[name]
