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

# RFC 9110, 5.1 and 5.5: a token, and no control characters.
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

LENGTH = "content-length"
DIGITS = re.compile(r"[0-9]+")

# Neither has a body, whatever the function sends.
BODILESS = frozenset({204, 304})


class BadHeader(Exception):
    """A header that no HTTP message can carry."""


def merged(prelude: Prelude) -> Pairs:
    """`headers` and `multiValueHeaders` as one list; for a name in both, the latter counts.

    From "Set up a Lambda proxy integration with payload response streaming" in the API Gateway
    developer guide.
    """
    repeated = {name.lower() for name, _ in prelude.multi_value_headers}
    single = tuple(pair for pair in prelude.headers if pair[0].lower() not in repeated)
    return single + prelude.multi_value_headers


def raw(pairs: Iterable[tuple[str, str]], cookies: Iterable[str] = ()) -> RawHeaders:
    """Wire form, without hop-by-hop headers. Raises `BadHeader`."""
    kept = [pair for pair in pairs if pair[0].lower() not in HOP_BY_HOP]
    return [checked(name, value) for name, value in (*kept, *(("set-cookie", c) for c in cookies))]


def checked(name: str, value: str) -> tuple[bytes, bytes]:
    if not NAME.fullmatch(name):
        raise BadHeader(f"header name {name!r} is not an HTTP token")
    if FORBIDDEN.search(value):
        raise BadHeader(f"header {name!r} has a control character in its value {value!r}")
    if name.lower() == LENGTH and not DIGITS.fullmatch(value.strip()):
        raise BadHeader(f"header {name!r} is {value!r}, expected a number of bytes")
    return name.lower().encode(), value.strip().encode()


def renamed(pairs: Pairs, old: str, new: str) -> Pairs:
    return tuple((new if name.lower() == old else name, value) for name, value in pairs)


def has(headers: RawHeaders, wanted: bytes) -> bool:
    return any(name == wanted for name, _ in headers)


def length(headers: RawHeaders) -> int | None:
    """How many bytes of body the head promises; None if it does not tell."""
    return next((int(value) for name, value in headers if name == LENGTH.encode()), None)
