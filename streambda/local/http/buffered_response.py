"""A buffered response: read to its end, and parsed as what the integration takes it for."""

import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from streambda.local.http.headers import (
    CONTENT_LENGTH,
    DIGITS,
    add_content_type,
    encode_headers,
    merge_headers,
    remove_header,
)
from streambda.local.http.prelude import (
    READERS,
    PreludeError,
    PreludeReader,
    is_prelude_type,
    parse_prelude,
)
from streambda.local.http.response import HttpResponse
from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.stream import InvocationStream

FIELDS = frozenset({*READERS, "body", "isBase64Encoded"})
EXPECTED = f"expected an object with {', '.join(sorted(FIELDS))}"


@dataclass(frozen=True, slots=True)
class BufferedResponse:
    """All that the runtime has sent, not parsed yet."""

    content_type: str
    payload: bytes
    failure: Failure | None

    @property
    def has_prelude(self) -> bool:
        return is_prelude_type(self.content_type)


class InvalidProxyResponse(Exception):
    """The payload is not what a buffered proxy integration asks for."""


async def read_buffered_response(stream: InvocationStream, limit: int | None) -> BufferedResponse:
    """Reads to the end. More than `limit` bytes are a failure, though the function runs on."""
    payload = bytearray()
    head = await stream.read_head()
    async for data in stream:
        if limit is None or len(payload) <= limit:
            payload += data
    failure = stream.failure
    if failure is None and limit is not None and len(payload) > limit:
        failure = failures.response_too_large(limit)
    return BufferedResponse(head.content_type if head else "", bytes(payload), failure)


def parse_streamed_response(payload: bytes, prelude_limit: int | None) -> HttpResponse:
    """Of a streamed response that was buffered. Raises `PreludeError`, `BadHeader`."""
    reader = PreludeReader(prelude_limit)
    body = reader.feed(payload)
    prelude = reader.end()
    headers = encode_headers(merge_headers(prelude), prelude.cookies)
    return HttpResponse(prelude.status, remove_header(headers, CONTENT_LENGTH), body)


def parse_proxy_response(
    payload: bytes, *, decode: bool = True, inferred: bool = False
) -> HttpResponse:
    """The JSON response of a buffered proxy integration.

    Args:
        decode: Without it the text of a body goes out as it is, even if it says that it is base64.
        inferred: For Function URLs, to which anything else is the body of a response: it is one
            only if it has a statusCode. API Gateway wants no field, and refuses all others.

    Raises `InvalidProxyResponse`, `BadHeader`.
    """
    document = _parse_object(payload)
    if inferred:
        _check_inferred(document)
    else:
        _check_fields(document)
    metadata = {key: _loosen(key, document[key]) for key in READERS.keys() & document.keys()}
    try:
        prelude = parse_prelude(json.dumps(metadata).encode())
        body = document.get("body") or ""
        text = body if isinstance(body, str) else json.dumps(body)
        data = b64decode(text) if decode and document.get("isBase64Encoded") else text.encode()
    except (PreludeError, ValueError) as error:
        raise InvalidProxyResponse(str(error)) from error
    headers = encode_headers(merge_headers(prelude), prelude.cookies)
    headers = add_content_type(remove_header(headers, CONTENT_LENGTH), b"application/json")
    return HttpResponse(prelude.status, headers, data)


def _parse_object(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except (RecursionError, ValueError) as error:
        raise InvalidProxyResponse(f"the response is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidProxyResponse(f"the response is a JSON {type(document).__name__}, {EXPECTED}")
    return document


def _check_inferred(document: dict[str, Any]) -> None:
    if "statusCode" not in document:
        raise InvalidProxyResponse("the response has no statusCode")


def _check_fields(document: dict[str, Any]) -> None:
    """What API Gateway logs as "Malformed Lambda proxy response"."""
    if unknown := sorted(document.keys() - FIELDS):
        raise InvalidProxyResponse(f"the response has a key {unknown[0]!r}, {EXPECTED}")
    body = document.get("body")
    if isinstance(body, dict | list):
        message = f"body is a JSON {type(body).__name__}, expected a string"
        raise InvalidProxyResponse(message)


def _loosen(key: str, value: Any) -> Any:
    """As a buffered integration takes them: "200" for a status, numbers as values of headers."""
    if key == "statusCode" and isinstance(value, str) and DIGITS.fullmatch(value):
        return int(value)
    if key == "headers" and isinstance(value, dict):
        return {name: _text(one) for name, one in value.items()}
    if key == "multiValueHeaders" and isinstance(value, dict):
        return {
            name: [_text(one) for one in several] if isinstance(several, list) else several
            for name, several in value.items()
        }
    return value


def _text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, bool | int | float) else value
