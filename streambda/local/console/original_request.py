"""The HTTP request that an event was made from, as far as the event tells. No I/O."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from streambda.local.model.endpoints import EndpointKind

# The endpoint adds these, or the client writes them again with each request.
SKIPPED_HEADERS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "transfer-encoding",
        "x-amzn-tls-cipher-suite",
        "x-amzn-tls-version",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    }
)

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalRequest:
    method: str
    host: str  # and port
    target: str  # path and query, as sent
    headers: Pairs
    body: bytes

    @property
    def title(self) -> str:
        return f"{self.method} {self.target}"


def find_original_request(endpoint: str, event: str) -> OriginalRequest | None:
    """None for Lambda's API, which takes an event as it is, and for an event of another kind.

    Args: `endpoint` is the kind of endpoint.
    """
    read = READERS.get(endpoint)
    try:
        return read(json.loads(event)) if read else None
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _read_function_url_event(event: Mapping[str, Any]) -> OriginalRequest:
    query = event["rawQueryString"]
    headers = event["headers"]
    return OriginalRequest(
        method=event["requestContext"]["http"]["method"],
        host=headers["host"],
        target=event["rawPath"] + (f"?{query}" if query else ""),
        headers=_select_headers(headers.items()),
        body=_decode_body(event),
    )


def _read_rest_api_event(event: Mapping[str, Any]) -> OriginalRequest:
    query = urlencode(event["multiValueQueryStringParameters"] or {}, doseq=True)
    path = event["requestContext"]["path"]
    pairs = [
        (name, value) for name, values in event["multiValueHeaders"].items() for value in values
    ]
    return OriginalRequest(
        method=event["requestContext"]["httpMethod"],
        host=event["headers"]["Host"],
        target=path + (f"?{query}" if query else ""),
        headers=_select_headers(pairs),
        body=_decode_body(event),
    )


def _read_http_api_event(event: Mapping[str, Any]) -> OriginalRequest:
    if event["version"] == "1.0":
        return _read_rest_api_event(event)
    cookies = {"cookie": "; ".join(event["cookies"])} if event.get("cookies") else {}
    # Its path is decoded.
    path = quote(event["rawPath"])
    return _read_function_url_event(
        {**event, "rawPath": path, "headers": {**event["headers"], **cookies}}
    )


def _select_headers(pairs: Iterable[tuple[str, str]]) -> Pairs:
    return tuple((name, value) for name, value in pairs if name.lower() not in SKIPPED_HEADERS)


def _decode_body(event: Mapping[str, Any]) -> bytes:
    text: str = event.get("body") or ""
    return b64decode(text) if event["isBase64Encoded"] else text.encode()


READERS: Mapping[str, Callable[[Mapping[str, Any]], OriginalRequest]] = {
    EndpointKind.FUNCTION_URL: _read_function_url_event,
    EndpointKind.REST_API: _read_rest_api_event,
    EndpointKind.HTTP_API: _read_http_api_event,
}
