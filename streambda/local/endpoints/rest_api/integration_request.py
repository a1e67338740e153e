"""The request that an HTTP integration sends to its backend. No I/O.

From "Set up HTTP integrations in API Gateway" and the table of headers in "Amazon API Gateway
important notes". What they leave open is as in requests that were seen at a backend of API Gateway
(LocalStack's snapshots of AWS, `test_apigateway_http`): a proxy adds the query that its parameters
map to the client's, and replaces headers.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from streambda.local.endpoints.rest_api.mapping_expressions import read_from_request
from streambda.local.http.client_connection import RequestMessage
from streambda.local.http.headers import HOP_BY_HOP
from streambda.local.http.request import HttpRequest
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.rest_apis import Stage

# "Dropped" in the table's column of requests, beside what concerns one connection; "Host" is
# "overwritten to the integration endpoint", and the length is that of the body.
DROPPED = HOP_BY_HOP | {
    "content-encoding",
    "content-length",
    "content-md5",
    "expect",
    "host",
    "max-forwards",
    "server",
    "via",
    "www-authenticate",
}
SIGNATURE = "AWS4-HMAC-SHA256"

PARAMETER = re.compile(r"\{(\w[\w.-]*)\}")
# What no URL has: java.net.URI, which API Gateway reads it with, calls them illegal.
ILLEGAL = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}\ud800-\udfff]")
# What stands for itself in a path, and in a query between "&" and "=".
SAFE_IN_PATH = "/:@!$&'()*+,;=~"
SAFE_IN_QUERY = "/:@!$'()*,;~"

PORTS = {"http": 80, "https": 443}


class InvalidEndpointAddress(ValueError):
    """The URI of an integration is no URL, once its values are in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendRequest:
    """Args: `url` is for people, without the query: it may hold secrets."""

    url: str
    host: str
    port: int
    tls: bool
    message: RequestMessage


def make_backend_request(
    integration: HttpIntegration,
    request: HttpRequest,
    event: Mapping[str, Any],
    stage: Stage,
    *,
    signed: bool,
    body: bytes,
    locate: Callable[[str], str] = lambda text: text,
) -> BackendRequest:
    """Raises `InvalidEndpointAddress`.

    Args:
        event: Of the same request, in payload 1.0.
        signed: Whether the method wants a signature, which is not passed on.
        locate: Puts addresses of here in place of those that AWS would give.
    """
    mapped = _read_mapped(integration, event)
    url = _split(_fill(locate(stage.fill(integration.uri)), mapped["path"]))
    pairs = request.query_pairs if integration.proxy else []
    own = {name for name, _ in pairs}
    pairs += [
        (name, value)
        for name, source, values in mapped["querystring"]
        # The client's own is there already.
        if name not in own or source != f"method.request.querystring.{name}"
        for value in values
    ]
    query = "&".join(filter(None, [url.query, urlencode(pairs, quote_via=quote)]))
    tls = url.scheme.lower() == "https"
    netloc = url.netloc.rpartition("@")[2]
    path = url.path or "/"
    return BackendRequest(
        url=f"{url.scheme}://{netloc}{path}",
        host=url.hostname or "",
        port=url.port or PORTS[url.scheme.lower()],
        tls=tls,
        message=RequestMessage(
            method=integration.method or request.method,
            target=_to_ascii(f"{path}?{query}" if query else path),
            headers=(
                ("Host", netloc),
                *_make_headers(integration, event, mapped["header"], signed=signed),
            ),
            body=body,
        ),
    )


# By "path", "querystring" and "header": a name, its expression, and the values of that.
_Mapped = dict[str, list[tuple[str, str, list[str]]]]


def _read_mapped(integration: HttpIntegration, event: Mapping[str, Any]) -> _Mapped:
    mapped: _Mapped = {"path": [], "querystring": [], "header": []}
    for target, source in integration.parameters:
        kind, _, name = target.partition(".")
        if values := read_from_request(source, event):
            mapped[kind].append((name, source, values))
    return mapped


def _fill(uri: str, mapped: list[tuple[str, str, list[str]]]) -> str:
    """With the values of its {names}, encoded as the part of a URL that they are in."""
    values = {name: found[-1] for name, _, found in mapped}

    def replace(found: re.Match[str]) -> str:
        safe = SAFE_IN_QUERY if "?" in uri[: found.start()] else SAFE_IN_PATH
        value = values.get(found[1])
        return found[0] if value is None else quote(value, safe=safe)

    return PARAMETER.sub(replace, uri)


def _split(uri: str) -> SplitResult:
    """Raises `InvalidEndpointAddress`."""
    if found := ILLEGAL.search(uri):
        reason = f"illegal character {found[0]!r} in {uri}"
        if name := PARAMETER.search(uri):
            reason += f": no requestParameters give integration.request.path.{name[1]} a value"
        raise InvalidEndpointAddress(reason)
    try:
        url = urlsplit(uri)
        valid = url.scheme.lower() in PORTS and url.hostname and url.port != 0
    except ValueError as error:
        raise InvalidEndpointAddress(f"{uri} is no URL: {error}") from error
    if not valid:
        raise InvalidEndpointAddress(f"{uri} is no URL with http:// or https://")
    return url


def _to_ascii(target: str) -> str:
    return target if target.isascii() else quote(target, safe=f"{SAFE_IN_PATH}%?&=+-._")


def _make_headers(
    integration: HttpIntegration,
    event: Mapping[str, Any],
    mapped: list[tuple[str, str, list[str]]],
    *,
    signed: bool,
) -> Iterator[tuple[str, bytes]]:
    """A repeated header stays repeated; one that is mapped is what the mapping says."""
    api_id = event["requestContext"]["apiId"]
    added = {
        "accept": ("Accept", ["application/json"]),
        "user-agent": ("User-Agent", [f"AmazonAPIGateway_{api_id}"]),
    }
    headers = {
        name.lower(): (name, list(values))
        for name, values in event["multiValueHeaders"].items()
        if integration.proxy or name.lower() in {"content-type", "x-amzn-trace-id"}
    }
    values = headers.get("authorization", ("", [""]))[1]
    if signed or any(SIGNATURE in one for one in values):
        headers.pop("authorization", None)
    mappings = {name.lower(): (name, [",".join(found)]) for name, _, found in mapped}
    identity = {"x-amzn-apigateway-api-id": ("x-amzn-apigateway-api-id", [api_id])}
    for lower, (name, several) in (added | headers | mappings | identity).items():
        if lower not in DROPPED:
            yield from ((name, _to_bytes(value)) for value in several)


def _to_bytes(value: str) -> bytes:
    """A header's own bytes, which were read as Latin-1; a decoded parameter may have more."""
    value = value.strip(" \t")  # RFC 9110, 5.5: that is not a part of it
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()
