"""Events for tests: what an endpoint makes of an HTTP request, for a handler that gets no network.

The fields are those that were seen on AWS. Ids and addresses are made up, and the same in each.
"""

from __future__ import annotations

import time
from base64 import b64encode
from json import dumps
from urllib.parse import parse_qsl, quote, unquote, urlencode

from .http_event import FUNCTION_URL, REST_API

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    Values = Mapping[str, str | list[str]] | Iterable[tuple[str, str]]

REQUEST_ID = "00000000-0000-0000-0000-000000000000"

_UNSET: Any = object()


def http_event(
    method: str = "GET",
    path: str = "/",
    *,
    json: Any = _UNSET,
    body: str | bytes | None = None,
    headers: Values = (),
    query: str | Values = (),
    cookies: Mapping[str, str] | Iterable[str] = (),
    version: str = FUNCTION_URL,
) -> dict[str, Any]:
    """The event that an endpoint makes of an HTTP request, for `run`.

    `version` is the payload: "2.0" for a Function URL, "1.0" for a REST API with the stage `prod`
    and the route `/{proxy+}`. `path` may hold a query, and is sent as it is written; what a path
    cannot hold, such as a space, is percent-encoded. `json` is any JSON value; it sets the content
    type, unless `headers` does. `body` is what is sent in its place. `headers` and `query` are a
    mapping, whose values may be lists, or pairs; `query` may also be a string as it is sent.
    `cookies` are a mapping, or strings `name=value`.

    Raises `ValueError` for both `json` and `body`, an unknown version, two queries and a path that
    does not begin with a slash; `TypeError` for values that are not of these types.
    """
    make_event = _EVENTS.get(version)
    if make_event is None:
        raise ValueError(f'version is {version!r}, expected "1.0" (REST API) or "2.0"')
    if json is not _UNSET and body is not None:
        raise ValueError("json and body are both given, expected one of them")
    path, _, in_path = path.partition("?")
    if not path.startswith("/"):
        raise ValueError(f"path is {path!r}, expected one that begins with '/'")
    pairs = [] if isinstance(query, str) else _list_pairs("query", query)
    in_query = query if isinstance(query, str) else urlencode(pairs)
    if in_path and in_query:
        raise ValueError(f"path holds the query {in_path!r}, and query is given too")
    sent = _list_pairs("headers", headers)
    names = {name.lower() for name, _ in sent}
    if json is not _UNSET:
        body = dumps(json, ensure_ascii=False, separators=(",", ":"))
        if "content-type" not in names:
            sent.append(("content-type", "application/json"))
    if isinstance(cookies, str):
        raise TypeError(f"cookies is {cookies!r}, expected a mapping or a list of 'name=value'")
    if isinstance(cookies, dict):
        cookies = [f"{name}={value}" for name, value in cookies.items()]
    if crumbs := "; ".join(cookies):
        sent.append(("cookie", crumbs))
    return make_event(
        method.upper(),
        quote(path, safe="/%:@!$&'()*+,;=~-._[]"),
        in_path or in_query,
        sent,
        body.encode() if isinstance(body, str) else bytes(body or b""),
    )


def _list_pairs(what: str, values: Values) -> list[tuple[str, str]]:
    items = values.items() if hasattr(values, "items") else values
    pairs: list[tuple[str, str]] = []
    for name, value in items:
        several = [value] if isinstance(value, str) else value
        if not isinstance(several, (list, tuple)):
            raise TypeError(f"{what}: {name} is {value!r}, expected a string or a list of strings")
        for one in several:
            if not isinstance(one, str):
                raise TypeError(f"{what}: {name} has {one!r}, expected a string")
            pairs.append((name, one))
    return pairs


# What an endpoint adds to the headers of a client.
_ADDED = (
    ("x-amzn-trace-id", "Root=1-00000000-000000000000000000000000"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-port", "443"),
    ("x-forwarded-proto", "https"),
)
_TLS = {
    "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
    "x-amzn-tls-version": "TLSv1.3",
}
_USER_AGENT = ("user-agent", "streambda-testing")
_CLF_TIME = "%d/%b/%Y:%H:%M:%S +0000"
_STAGE = "prod"

# As a Function URL hands them on: any other body is base64.
_TEXT_TYPES = ("application/json", "application/javascript", "application/xml")


def _make_function_url_event(
    method: str, path: str, query: str, sent: list[tuple[str, str]], body: bytes
) -> dict[str, Any]:
    domain = "id.lambda-url.us-east-1.on.aws"
    length = [("content-length", str(len(body)))] if body else []
    values = _group([*_complete(sent, domain), *length], str.lower)
    headers = {
        name: ("; " if name == "cookie" else ",").join(several) for name, several in values.items()
    } | _TLS
    cookies = [one for crumb in headers.get("cookie", "").split(";") if (one := crumb.strip())]
    parameters = {name: ",".join(several) for name, several in _group(_parse(query)).items()}
    text, is_base64 = _encode_body(body, headers.get("content-type", ""))
    now = time.time()
    return {
        "version": FUNCTION_URL,
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **({"queryStringParameters": parameters} if parameters else {}),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "id",
            "domainName": domain,
            "domainPrefix": "id",
            "http": {
                "method": method,
                "path": unquote(path),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers["user-agent"],
            },
            "requestId": REQUEST_ID,
            "routeKey": "$default",
            "stage": "$default",
            "time": time.strftime(_CLF_TIME, time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        **({"body": text} if body else {}),
        "isBase64Encoded": is_base64,
    }


def _make_rest_api_event(
    method: str, path: str, query: str, sent: list[tuple[str, str]], body: bytes
) -> dict[str, Any]:
    domain = "id.execute-api.us-east-1.amazonaws.com"
    added = {"host", _USER_AGENT[0], *(name for name, _ in _ADDED)}

    def spell(name: str) -> str:
        # API Gateway's own are capitalised; a client's are as they were sent.
        return name.title() if name.lower() in added else name

    headers = _group(_complete(sent, domain), spell)
    parameters = _group(_parse(query))
    now = time.time()
    identity = dict.fromkeys(
        (
            "accessKey", "accountId", "caller", "cognitoAuthenticationProvider",
            "cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId",
            "principalOrgId", "user", "userArn",
        )
    )  # fmt: skip
    resource = "/{proxy+}" if path != "/" else "/"
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": _keep_last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _keep_last(parameters) or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": {"proxy": path[1:]} if path != "/" else None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "id",
            "deploymentId": "deployment",
            "domainName": domain,
            "domainPrefix": "id",
            "extendedRequestId": "extended",
            "httpMethod": method,
            "identity": {
                **identity,
                "sourceIp": "127.0.0.1",
                "userAgent": headers["User-Agent"][-1],
            },
            "path": f"/{_STAGE}{path}",
            "protocol": "HTTP/1.1",
            "requestId": REQUEST_ID,
            "requestTime": time.strftime(_CLF_TIME, time.gmtime(now)),
            "requestTimeEpoch": int(now * 1000),
            "resourceId": "resource",
            "resourcePath": resource,
            "stage": _STAGE,
        },
        # Without binaryMediaTypes every body is text, and bytes that are not UTF-8 are lost.
        "body": body.decode("utf-8", "replace") if body else None,
        "isBase64Encoded": False,
    }


_EVENTS = {FUNCTION_URL: _make_function_url_event, REST_API: _make_rest_api_event}


def _complete(sent: list[tuple[str, str]], domain: str) -> list[tuple[str, str]]:
    """With what a client sends always, unless it is given, and what the endpoint adds."""
    names = {name.lower() for name, _ in sent}
    own = [pair for pair in (("host", domain), _USER_AGENT) if pair[0] not in names]
    added = {name for name, _ in _ADDED}
    return [*own, *(pair for pair in sent if pair[0].lower() not in added), *_ADDED]


def _group(
    pairs: Iterable[tuple[str, str]], spell: Callable[[str], str] = str
) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    spellings: dict[str, str] = {}
    for name, value in pairs:
        spelled = spell(name)
        if spell is not str:
            # One name is one, in whatever spelling: its first one.
            spelled = spellings.setdefault(name.lower(), spelled)
        groups.setdefault(spelled, []).append(value)
    return groups


def _keep_last(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: several[-1] for name, several in values.items()}


def _parse(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _encode_body(body: bytes, content_type: str) -> tuple[str, bool]:
    """The body in the event, and whether it is base64."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in _TEXT_TYPES:
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass  # a wrong label must not cost bytes
    return b64encode(body).decode("ascii"), bool(body)
