"""The HTTP request that an event was made from, as far as the event tells. No I/O."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

# Made on the way, or by whoever sends the request anew.
MADE_ANEW = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "transfer-encoding",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    method: str
    host: str  # and port
    target: str  # path and query, as sent
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def title(self) -> str:
        return f"{self.method} {self.target}"


def original(endpoint: str, event: str) -> Original | None:
    """None for an endpoint that takes events as they are, and for an event that is not its endpoint's."""
    read = READERS.get(endpoint)
    try:
        return read(json.loads(event)) if read else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _function_url(event: Mapping[str, Any]) -> Original:
    query = event["rawQueryString"]
    headers = dict(event["headers"])
    if cookies := event.get("cookies"):
        headers["cookie"] = "; ".join(cookies)
    return Original(
        method=event["requestContext"]["http"]["method"],
        host=headers["host"],
        target=event["rawPath"] + (f"?{query}" if query else ""),
        headers=tuple(_kept(headers.items())),
        body=_body(event),
    )


def _rest_api(event: Mapping[str, Any]) -> Original:
    query = urlencode(event["multiValueQueryStringParameters"] or {}, doseq=True)
    path = quote(event["requestContext"]["path"])
    pairs = [(name, one) for name, several in event["multiValueHeaders"].items() for one in several]
    return Original(
        method=event["requestContext"]["httpMethod"],
        host=dict(pairs)["host"],
        target=path + (f"?{query}" if query else ""),
        headers=tuple(_kept(pairs)),
        body=_body(event),
    )


def _kept(pairs: Any) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in pairs if name.lower() not in MADE_ANEW)


def _body(event: Mapping[str, Any]) -> bytes:
    text: str = event.get("body") or ""
    return b64decode(text) if event["isBase64Encoded"] else text.encode()


READERS: Mapping[str, Callable[[Mapping[str, Any]], Original]] = {
    "function-url": _function_url,
    "rest-api": _rest_api,
}
