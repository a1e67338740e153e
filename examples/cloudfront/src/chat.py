"""Answers a prompt word by word, as server-sent events. A stand-in for a model."""

import base64
import json
import time

from streambda_runtime import StreamingResponse, sse


def handler(event, context):
    return StreamingResponse(
        (sse({"word": word}) for word in answer(prompt(event))), media_type="text/event-stream"
    )


def prompt(event):
    """The prompt of a POST body, {"prompt": "…"}, or of the query."""
    body = event.get("body")
    if body is None:
        return (event.get("queryStringParameters") or {}).get("prompt", "nothing")
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    return json.loads(body)["prompt"]


def answer(text):
    for word in f"You said: {text}".split():
        yield word
        time.sleep(0.2)
