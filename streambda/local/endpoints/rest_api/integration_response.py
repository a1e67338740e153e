"""What a client gets of the response that a backend has given. No I/O.

From the table of headers in "Amazon API Gateway important notes", and "Content type conversions in
API Gateway", both in the developer guide.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from streambda.local.endpoints.rest_api.binary_media_types import accepts_binary, is_binary
from streambda.local.endpoints.rest_api.mapping_expressions import read_from_response
from streambda.local.http.headers import (
    CONTENT_LENGTH,
    CONTENT_TYPE,
    FORBIDDEN,
    HOP_BY_HOP,
    BadHeader,
    RawHeaders,
    encode_headers,
)
from streambda.local.model.http_integrations import HttpIntegration, MappedResponse
from streambda.local.model.patterns import SlowPattern, matches

PREFIX = b"x-amzn-remapped-"
# "Remapped" in the table's column of responses; the last is API Gateway's own, seen on AWS.
REMAPPED = frozenset(
    {
        b"authorization",
        b"connection",
        b"content-md5",
        b"date",
        b"max-forwards",
        b"server",
        b"user-agent",
        b"www-authenticate",
        b"x-amzn-requestid",
    }
)
DROPPED = (
    frozenset(name.encode() for name in HOP_BY_HOP) | {b"expect", b"host", b"via"}
) - REMAPPED


class NoMatchingResponse(Exception):
    """The type HTTP has no response for this status, and none for all others."""


def pass_headers_on(headers: Sequence[tuple[bytes, bytes]]) -> RawHeaders:
    """Of a proxy, with names in lower case. The length goes out under both names, as on AWS.

    Raises `BadHeader`.
    """
    passed: RawHeaders = []
    # RFC 9112, 6.3: beside chunks a length does not count, and must not be passed on.
    chunked = any(name == b"transfer-encoding" for name, _ in headers)
    for name, value in headers:
        if FORBIDDEN.search(value.decode("latin-1")):
            raise BadHeader(f"its header {name.decode()} has a control character, {value!r}")
        if chunked and name == CONTENT_LENGTH:
            continue
        if name in REMAPPED or name == CONTENT_LENGTH:
            passed.append((PREFIX + name, value))
        if name not in REMAPPED and name not in DROPPED:
            passed.append((name, value))
    return passed


def choose_response(integration: HttpIntegration, status: int) -> MappedResponse:
    """Raises `NoMatchingResponse`."""
    for one in integration.responses:
        if one.pattern and _matches(one.pattern, str(status)):
            return one
    for one in integration.responses:
        if not one.pattern:
            return one
    raise NoMatchingResponse(
        "no match for output mapping and no default output mapping configured, "
        f"the backend's status is {status}"
    )


def map_headers(
    response: MappedResponse, headers: Sequence[tuple[bytes, bytes]], event: Mapping[str, Any]
) -> RawHeaders:
    """Of the type HTTP, which passes on only what is mapped. Raises `BadHeader`."""
    pairs = [(name.decode(), _to_text(value)) for name, value in headers]
    return encode_headers(
        (name, ",".join(values))
        for name, expression in response.headers
        if (values := read_from_response(expression, pairs, event))
    )


def convert_body(
    body: bytes,
    headers: Sequence[tuple[bytes, bytes]],
    *,
    accept: str | None,
    binary_media_types: tuple[str, ...],
) -> bytes:
    """As API Gateway does before it sends a buffered body: only text stays as it is.

    What the API's `binaryMediaTypes` do not name counts as text in UTF-8, and other bytes are lost.
    What they name goes out as it is if the first type of `accept` is one of them, else as base64.
    """
    content_type = next((value for name, value in headers if name == CONTENT_TYPE), b"")
    if not is_binary(content_type.decode("latin-1"), binary_media_types):
        return body.decode("utf-8", "replace").encode()
    return body if accepts_binary(accept, binary_media_types) else b64encode(body)


def _to_text(value: bytes) -> str:
    """`encode_headers` writes UTF-8: what is that already stays as it is."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _matches(pattern: str, status: str) -> bool:
    try:
        return matches(pattern, status)
    except (SlowPattern, ValueError):
        return False
