"""An HTTP event as the request that it was made from, as web apps want it.

Function URLs send payload 2.0, REST APIs payload 1.0:
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads and
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

from urllib.parse import quote_plus, unquote_to_bytes

from ..errors import INVALID_EVENT, RuntimeFault
from ..http_event import FUNCTION_URL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_PORTS = {"http": 80, "https": 443}


class HttpRequest:
    """One request. Paths begin with `root_path`, which is the stage or the base path of a domain.

    `raw_path` is percent-encoded, as it was sent; `path` is its bytes, decoded. `headers` have
    lower-case names.
    """

    __slots__ = (
        "body", "client", "headers", "http_version", "method", "path", "query", "raw_path",
        "root_path", "scheme", "server",
    )  # fmt: skip

    def __init__(self, event: dict[str, Any], version: str, base_path: str = "") -> None:
        context = event["requestContext"]
        if version == FUNCTION_URL:
            http = context["http"]
            raw_path, root_path = str(event.get("rawPath") or "/"), ""
            query, pairs = str(event.get("rawQueryString") or ""), _read_single(event)
            source, protocol = http.get("sourceIp"), http.get("protocol")
        else:
            http = event
            raw_path, root_path = _read_rest_path(event, context)
            query, pairs = _join_query(event), _read_multiple(event)
            source = (context.get("identity") or {}).get("sourceIp")
            protocol = context.get("protocol")
        self.method = str(http.get("method") or event.get("httpMethod") or "GET").upper()
        self.raw_path = raw_path.encode("utf-8", "surrogatepass")
        self.path = unquote_to_bytes(raw_path)
        self.root_path = _add_base(root_path, base_path, raw_path)
        self.query = query.encode("utf-8", "surrogatepass")
        self.body = _read_body(event)
        self.headers, first = _make_headers(pairs, len(self.body))
        self.http_version = str(protocol or "HTTP/1.1").partition("/")[2] or "1.1"
        self.client = (str(source), 0) if source else None
        self.scheme = first.get(b"x-forwarded-proto", b"").decode("latin-1") or "https"
        host = first.get(b"host", b"").decode("latin-1")
        port = first.get(b"x-forwarded-port", b"").decode("latin-1")
        self.server = _find_server(
            host or str(context.get("domainName") or "localhost"), port, self.scheme
        )


def _find_server(host: str, forwarded_port: str, scheme: str) -> tuple[str, int]:
    name, colon, port = host.rpartition(":")
    if colon and port.isdecimal() and not name.endswith(":"):
        return name.strip("[]"), int(port[:5])
    default = _PORTS.get(scheme, 443)
    return host.strip("[]"), int(forwarded_port[:5]) if forwarded_port.isdecimal() else default


def _make_headers(
    pairs: Iterable[tuple[str, object]], size: int
) -> tuple[list[tuple[bytes, bytes]], dict[bytes, bytes]]:
    """Headers as bytes, which tell of a body that is whole; and the first value of each name.

    API Gateway drops the length, without which some frameworks, such as Django, read no form.
    """
    headers = [
        (name.lower().encode("latin-1", "replace"), _encode_value(str(value)))
        for name, value in pairs
    ]
    first = dict(reversed(headers))
    if b"transfer-encoding" in first:
        headers = [(name, value) for name, value in headers if name != b"transfer-encoding"]
    if size and b"content-length" not in first:
        headers.append((b"content-length", b"%d" % size))
    return headers, first


def _read_single(event: dict[str, Any]) -> Iterable[tuple[str, object]]:
    """Payload 2.0: a repeated header is joined by commas, cookies are a list of their own."""
    headers: dict[str, object] = event.get("headers") or {}
    cookies = event.get("cookies") or ()
    if cookies and not any(name.lower() == "cookie" for name in headers):
        return [*headers.items(), ("cookie", "; ".join(map(str, cookies)))]
    return headers.items()


def _read_multiple(event: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Payload 1.0: `headers` has the last value of a name, `multiValueHeaders` all of them."""
    multiple = event.get("multiValueHeaders") or {}
    for name, values in multiple.items():
        for value in values if isinstance(values, list) else [values]:
            yield name, value
    for name, value in (event.get("headers") or {}).items():
        if name not in multiple:
            yield name, value


def _read_rest_path(event: dict[str, Any], context: dict[str, Any]) -> tuple[str, str]:
    """The path with the stage in front, and the stage: `requestContext.path` has both."""
    path, whole = str(event.get("path") or "/"), str(context.get("path") or "")
    if len(whole) > len(path) and whole.endswith(path):
        return whole, whole[: -len(path)]
    return path, ""


def _add_base(stage: str, base_path: str, raw_path: str) -> str:
    """The root path: the stage, and the base path where the request is below it."""
    base = "/" + base_path.strip("/")
    root = stage + base
    inside = raw_path == root or raw_path.startswith(f"{root}/")
    return root if len(base) > 1 and inside else stage


def _join_query(event: dict[str, Any]) -> str:
    # API Gateway decodes the query; what is sent to the app means the same.
    multiple = event.get("multiValueQueryStringParameters")
    single = event.get("queryStringParameters") or {}
    pairs = multiple if multiple is not None else {name: [value] for name, value in single.items()}
    return "&".join(
        f"{_quote(name)}={_quote(value)}" for name, values in pairs.items() for value in values
    )


def _quote(text: object) -> str:
    return quote_plus(str(text), errors="surrogatepass")


def _encode_value(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def _read_body(event: dict[str, Any]) -> bytes:
    body = event.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        message = f"the event's body is a {type(body).__name__}, expected a str"
        raise RuntimeFault(INVALID_EVENT, message)
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    from binascii import Error as Base64Error
    from binascii import a2b_base64

    try:
        return a2b_base64(body)
    except Base64Error as error:
        message = f"the event's body is not valid base64, although isBase64Encoded is true: {error}"
        raise RuntimeFault(INVALID_EVENT, message) from error
