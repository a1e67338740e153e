"""A response with status, headers and cookies, and the prelude that carries them ahead of the body.

The prelude is JSON, then 8 NUL bytes, then the raw body; the content type tells Lambda of it.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

from __future__ import annotations

from .errors import INVALID_RESPONSE, PRELUDE_TOO_LARGE, RuntimeFault
from .http_event import REST_API
from .json_codec import dumps_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from .chunks import Content

    Headers = Mapping[str, str] | Iterable[tuple[str, str]]

PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8
# API Gateway looks for the delimiter within the first 16 KB; no limit is documented for Function
# URLs. https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
MAX_PRELUDE = 16 * 1024
TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"

# They belong to one hop (RFC 9110, 7.6.1), the endpoint frames the body itself, and it has a Date
# and a Server of its own.
_DROPPED = frozenset(
    ("connection", "content-length", "date", "keep-alive", "proxy-authenticate",
     "proxy-authorization", "server", "te", "trailer", "transfer-encoding", "upgrade")
)  # fmt: skip
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


class HttpMetadata:
    """What comes before a body: status, headers, cookies.

    `headers`: a mapping, or pairs where a name is to be repeated. `cookies`: whole `Set-Cookie`
    values. `media_type`: the content type; by default text/plain (UTF-8) when the first item is a
    str, application/octet-stream otherwise. `error_frame`: whether an error within an SSE or NDJSON
    body is also told by a last frame of that format. Nothing of it is sent on a direct invoke.
    """

    __slots__ = ("cookies", "error_frame", "headers", "media_type", "status_code")

    def __init__(
        self,
        status_code: int = 200,
        headers: Headers | None = None,
        media_type: str | None = None,
        *,
        cookies: Iterable[str] = (),
        error_frame: bool = True,
    ) -> None:
        self.status_code = status_code
        self.headers: list[tuple[str, str]] = list(_list_headers(headers or ()))
        self.media_type = media_type
        self.cookies = [cookies] if isinstance(cookies, str) else list(cookies)
        self.error_frame = error_frame


class StreamingResponse(HttpMetadata):
    """What a handler returns to give its stream a status, headers and cookies.

    `content`: an iterable or async iterable of bytes, str, or lists of these, sent item by item; a
    bytes or str is sent whole. `background`: called, and awaited if it is a coroutine function,
    after the last byte of a complete response and before the next invocation; its errors are
    logged. The rest is as in HttpMetadata.
    """

    __slots__ = ("background", "content")

    def __init__(
        self,
        content: Content = (),
        status_code: int = 200,
        headers: Headers | None = None,
        media_type: str | None = None,
        background: Callable[[], object] | None = None,
        *,
        cookies: Iterable[str] = (),
        error_frame: bool = True,
    ) -> None:
        super().__init__(status_code, headers, media_type, cookies=cookies, error_frame=error_frame)
        self.content = content
        self.background = background


def _list_headers(headers: Headers) -> Iterable[tuple[str, str]]:
    items = getattr(headers, "items", None)  # any mapping, with no import of its class
    return headers if items is None else items()  # type: ignore[return-value]


# Most responses without headers and cookies have one and the same prelude.
_CACHE_SIZE = 32
_cache: dict[tuple[object, ...], bytes] = {}


def encode_prelude(metadata: HttpMetadata, default_type: str, version: str) -> bytes:
    """The bytes before the body, delimiter included; `version` is the event's payload format.

    Raises RuntimeFault `Runtime.InvalidResponse` for a status or header that HTTP cannot carry,
    `Runtime.PreludeTooLarge` above 16 KiB.
    """
    content_type = metadata.media_type or default_type
    # 200.0 and True are equal to an int, and no status: only what is one is looked up.
    if metadata.cookies or metadata.headers or type(metadata.status_code) is not int:
        return _encode(metadata, default_type, version)
    key = metadata.status_code, content_type, version
    data = _cache.get(key)
    if data is None:
        data = _encode(metadata, default_type, version)
        if len(_cache) < _CACHE_SIZE:
            _cache[key] = data
    return data


def _encode(metadata: HttpMetadata, default_type: str, version: str) -> bytes:
    cookies = [check_field_value("set-cookie", cookie) for cookie in metadata.cookies]
    headers = _collect_headers(metadata, cookies)
    content_type = check_field_value("content-type", metadata.media_type or default_type)
    headers.setdefault("content-type", [content_type])
    document: dict[str, Any] = {"statusCode": _check_status(metadata.status_code)}
    document |= _split_headers(headers, version)
    if cookies:
        document["cookies"] = cookies
    data = dumps_ascii(document) + DELIMITER
    if len(data) > MAX_PRELUDE:
        message = f"status, headers and cookies take {len(data)} bytes, at most {MAX_PRELUDE} fit"
        raise RuntimeFault(PRELUDE_TOO_LARGE, message)
    return data


def check_metadata(metadata: HttpMetadata) -> None:
    """Raises RuntimeFault `Runtime.InvalidResponse` for what HTTP cannot carry."""
    _check_status(metadata.status_code)
    for name, value in metadata.headers:
        check_field_value(_check_name(name), value)
    for cookie in metadata.cookies:
        check_field_value("set-cookie", cookie)
    if metadata.media_type is not None:
        check_field_value("content-type", metadata.media_type)


def _collect_headers(metadata: HttpMetadata, cookies: list[str]) -> dict[str, list[str]]:
    """Headers by lower-case name; a Set-Cookie among them joins the cookies, sent once."""
    fields: dict[str, list[str]] = {}
    for name, value in metadata.headers:
        lower = _check_name(name)
        if lower == "set-cookie":
            cookies.append(check_field_value(name, value))
        elif lower not in _DROPPED:
            fields.setdefault(lower, []).append(check_field_value(name, value))
    return fields


def _split_headers(headers: dict[str, list[str]], version: str) -> dict[str, Any]:
    # multiValueHeaders is documented for API Gateway only; a list joined by commas means the same.
    if version == REST_API:
        single = {name: values[0] for name, values in headers.items() if len(values) == 1}
        multiple = {name: values for name, values in headers.items() if len(values) > 1}
        return {"headers": single} | ({"multiValueHeaders": multiple} if multiple else {})
    return {"headers": {name: ", ".join(values) for name, values in headers.items()}}


def _check_status(status: object) -> int:
    if isinstance(status, int) and not isinstance(status, bool) and 200 <= status <= 599:
        return int(status)
    raise _invalid_response(f"status {status!r}, expected an int from 200 to 599")


def _check_name(name: object) -> str:
    if isinstance(name, str) and name and _TOKEN.issuperset(name.lower()):
        return name.lower()
    raise _invalid_response(f"header name {name!r}, expected a token of RFC 9110")


def check_field_value(name: str, value: object) -> str:
    """The value of a header field as text; raises RuntimeFault for what would break the head."""
    if isinstance(value, (bool, int)):
        value = str(value)  # counts and ages are natural values; the prelude takes strings only
    if isinstance(value, str) and (value.isprintable() or not any(map(_is_unsendable, value))):
        return value
    raise _invalid_response(
        f"value {value!r} of header {name!r}, expected a str without control characters"
        " and lone surrogates"
    )


def check_latin(content_type: str) -> None:
    """Raises RuntimeFault for a content type that has to be a header field, and cannot be one."""
    if not content_type.isascii():
        try:
            content_type.encode("latin-1")
        except UnicodeEncodeError as error:
            what = f"value {content_type!r} of header 'content-type', expected Latin-1"
            raise _invalid_response(what) from error


def _is_unsendable(char: str) -> bool:
    # RFC 9110, 5.5: of the control characters a field value may have the tab alone.
    return (char < " " and char != "\t") or char == "\x7f" or "\ud800" <= char <= "\udfff"


def _invalid_response(what: str) -> RuntimeFault:
    return RuntimeFault(INVALID_RESPONSE, f"the response has {what}")
