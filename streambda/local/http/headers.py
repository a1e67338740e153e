"""Which response headers of a function reach the client, and how. No I/O."""

import re
from collections.abc import Iterable

from streambda.local.http.prelude import Pairs, Prelude

RawHeaders = list[tuple[bytes, bytes]]

# RFC 9110, 7.6.1: these speak of one connection, and the function has none with the client.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

# What the endpoint itself says of a response; a function's own go out under other names. From
# "Amazon API Gateway important notes", the table of headers.
REMAPPED = {"date": "x-amzn-remapped-date", "server": "x-amzn-remapped-server"}

# Of every response that an endpoint makes, with the id of the invocation if there was one.
REQUEST_ID = b"x-amzn-requestid"

# RFC 9110, 5.1 and 5.5: a token, and no control characters.
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
SURROGATE = re.compile(r"[\ud800-\udfff]")  # alone, which JSON can say and UTF-8 cannot

CONTENT_LENGTH = b"content-length"
CONTENT_TYPE = b"content-type"
DIGITS = re.compile(r"[0-9]{1,18}")  # of more, Python makes a number slowly or not at all


class BadHeader(Exception):
    """A header that no HTTP message can carry."""


def merge_headers(prelude: Prelude) -> Pairs:
    """`headers` and `multiValueHeaders` as one list; for a name in both, the latter counts.

    From "Set up a Lambda proxy integration with payload response streaming" in the API Gateway
    developer guide.
    """
    repeated = {name.lower() for name, _ in prelude.multi_value_headers}
    single = tuple(pair for pair in prelude.headers if pair[0].lower() not in repeated)
    return single + prelude.multi_value_headers


def encode_headers(pairs: Iterable[tuple[str, str]], cookies: Iterable[str] = ()) -> RawHeaders:
    """Wire form, without hop-by-hop headers. Raises `BadHeader`."""
    end_to_end = [
        (REMAPPED.get(lower, name), value)
        for name, value in pairs
        if (lower := name.lower()) not in HOP_BY_HOP
    ]
    set_cookies = [("set-cookie", cookie) for cookie in cookies]
    return [encode_header(name, value) for name, value in (*end_to_end, *set_cookies)]


def encode_header(name: str, value: str) -> tuple[bytes, bytes]:
    """Raises `BadHeader`."""
    if not NAME.fullmatch(name):
        raise BadHeader(f"header name {name!r} is not an HTTP token")
    if FORBIDDEN.search(value):
        raise BadHeader(f"header {name!r} has a control character in its value {value!r}")
    if SURROGATE.search(value):
        raise BadHeader(f"header {name!r} has half of a surrogate pair in its value {value!r}")
    encoded = name.lower().encode()
    if encoded == CONTENT_LENGTH and not DIGITS.fullmatch(value.strip()):
        raise BadHeader(f"header {name!r} is {value!r}, expected a number of bytes")
    return encoded, value.strip().encode()


def rename_header(pairs: Pairs, old: str, new: str) -> Pairs:
    return tuple((new if name.lower() == old else name, value) for name, value in pairs)


def remove_header(headers: RawHeaders, name: bytes) -> RawHeaders:
    return [pair for pair in headers if pair[0] != name]


def add_content_type(headers: RawHeaders, content_type: bytes) -> RawHeaders:
    """With this content type, if there is none."""
    if any(name == CONTENT_TYPE for name, _ in headers):
        return headers
    return [*headers, (CONTENT_TYPE, content_type)]


def content_length(headers: RawHeaders) -> int | None:
    """How many bytes of body the headers promise; None if they do not say."""
    return next((int(value) for name, value in headers if name == CONTENT_LENGTH), None)
