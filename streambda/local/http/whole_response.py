"""A whole response at once, for the ways into Lambda that do not stream."""

import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from streambda.local.http import headers, prelude
from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.stream import InvocationStream


@dataclass(frozen=True, slots=True)
class Collected:
    content_type: str
    body: bytes
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    status: int
    headers: headers.RawHeaders
    body: bytes


class NoProxyResponse(Exception):
    """The payload is not what a buffered proxy integration asks for."""


async def collect(stream: InvocationStream, limit: int | None) -> Collected:
    """Reads to the end. More than `limit` bytes are a failure, though the function runs on."""
    body = bytearray()
    head = await stream.read_head()
    async for data in stream:
        if limit is None or len(body) <= limit:
            body += data
    failure = stream.failure
    if failure is None and limit is not None and len(body) > limit:
        failure = failures.response_too_large(limit)
    return Collected(head.content_type if head else "", bytes(body), failure)


def proxy_answer(payload: bytes) -> WholeAnswer:
    """The JSON answer of a buffered proxy integration. Raises `NoProxyResponse`, `BadHeader`."""
    document = _object(payload)
    wanted = {"statusCode", "headers", "multiValueHeaders", "cookies"}
    metadata = {key: document[key] for key in wanted & document.keys()}
    try:
        head = prelude.parse(json.dumps(metadata).encode())
        body = document.get("body") or ""
        text = body if isinstance(body, str) else json.dumps(body)
        data = b64decode(text) if document.get("isBase64Encoded") else text.encode()
    except (prelude.PreludeError, ValueError) as error:
        raise NoProxyResponse(str(error)) from error
    pairs = headers.raw(headers.merged(head), head.cookies)
    kept = [pair for pair in pairs if pair[0] != b"content-length"]
    if not headers.has(kept, b"content-type"):
        kept.append((b"content-type", b"application/json"))
    return WholeAnswer(head.status, kept, data)


def _object(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except ValueError as error:
        raise NoProxyResponse(f"the response is not JSON: {error}") from error
    if not isinstance(document, dict) or "statusCode" not in document:
        raise NoProxyResponse("the response is no object with a statusCode")
    return document


def streamed_answer(collected: Collected) -> WholeAnswer:
    """A streamed response that was collected. Raises `PreludeError`, `BadHeader`."""
    reader = prelude.PreludeReader()
    body = reader.feed(collected.body)
    head = reader.end()
    pairs = headers.raw(headers.merged(head), head.cookies)
    return WholeAnswer(head.status, [p for p in pairs if p[0] != b"content-length"], body)


def inferred_answer(collected: Collected) -> WholeAnswer:
    """What a buffered function URL makes of a payload; anything that is no answer is a body."""
    if prelude.is_prelude_type(collected.content_type):
        return streamed_answer(collected)
    try:
        return proxy_answer(collected.body)
    except NoProxyResponse:
        return WholeAnswer(200, [(b"content-type", b"application/json")], collected.body)
