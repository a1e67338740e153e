"""What a request says of its own signature, in its Authorization header or its query. No I/O.

From "Create a signed AWS API request" in the IAM user guide. `sigv4.py` checks it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
TIMESTAMP = "%Y%m%dT%H%M%SZ"

# "X-Amz-Expires … the maximum is 604800 (seven days)."
MAX_EXPIRES_S = 604_800

# Signers sign a handful. Each costs a look through all headers, before anybody knows who asks.
MOST_SIGNED_HEADERS = 100

DIGITS = re.compile(r"[0-9]{1,6}")

# The fields that a signature has, as the Authorization header and as the query write them.
IN_HEADER = ("Credential", "SignedHeaders", "Signature")
IN_QUERY = ("X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature")

Pairs = tuple[tuple[str, str], ...]


class SignatureError(Exception):
    """Why a signature does not count; `exception` is AWS's name for it."""

    exception = "InvalidSignatureException"


class Unsigned(SignatureError):
    exception = "MissingAuthenticationTokenException"


class Incomplete(SignatureError):
    exception = "IncompleteSignatureException"


class UnknownKey(SignatureError):
    exception = "UnrecognizedClientException"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignableRequest:
    """What a signature can cover."""

    method: str
    raw_path: str  # percent-encoded
    query: str
    headers: Pairs  # lower-case names
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a signing key is for."""

    date: str  # 20260131
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a request says of its own signature."""

    key_id: str
    scope: Scope
    signed_headers: tuple[str, ...]
    value: str
    timestamp: str
    token: str | None
    expires_s: int | None  # of a presigned URL

    @property
    def in_query(self) -> bool:
        return self.expires_s is not None


def read_signature(request: SignableRequest) -> Signature:
    """Raises `Unsigned` and `Incomplete`."""
    pairs = query_pairs(request.query)
    query = dict(pairs)
    if "X-Amz-Signature" in query or "X-Amz-Algorithm" in query:
        repeated = _find_repeated(name for name, _ in pairs if name.startswith("X-Amz-"))
        if repeated:
            raise Incomplete(f"AWS query-string parameters must have one '{repeated}'.")
        return _parse_query(query)
    # What is checked must be what the function gets, which sees all of several.
    names = ("authorization", "x-amz-date", "x-amz-security-token")
    repeated = _find_repeated(name for name, _ in request.headers if name in names)
    if repeated:
        raise Incomplete(f"Request must have one '{repeated}' header.")
    if header := next(iter(request.values("authorization")), None):
        return _parse_header(header, request)
    raise Unsigned("Missing Authentication Token")


def _find_repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Decoded; bytes that are not UTF-8 survive, and a plus sign stays one."""
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(_decode(name), _decode(value)) for name, _, value in parts]


def _parse_query(query: Mapping[str, str]) -> Signature:
    missing = [name for name in (*IN_QUERY, "X-Amz-Date", "X-Amz-Expires") if not query.get(name)]
    if missing or query.get("X-Amz-Algorithm") != ALGORITHM:
        name = missing[0] if missing else "X-Amz-Algorithm"
        raise Incomplete(f"AWS query-string parameters must include '{name}'.")
    expires = query["X-Amz-Expires"]
    if not DIGITS.fullmatch(expires) or not 1 <= int(expires) <= MAX_EXPIRES_S:
        raise Incomplete(f"X-Amz-Expires must be a number up to {MAX_EXPIRES_S}, not {expires!r}.")
    return _make_signature(
        dict(zip(IN_HEADER, (query[name] for name in IN_QUERY), strict=True)),
        timestamp=query["X-Amz-Date"],
        token=query.get("X-Amz-Security-Token"),
        expires_s=int(expires),
    )


def _parse_header(header: str, request: SignableRequest) -> Signature:
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        # API Gateway's words for a bearer token.
        raise Incomplete(
            f"'{rest or algorithm}' not a valid key=value pair (missing equal-sign) "
            f"in Authorization header: '{header}'."
        )
    pairs = [part.strip().partition("=")[::2] for part in rest.split(",")]
    fields = dict(pairs)
    if repeated := _find_repeated(name for name, _ in pairs):
        raise Incomplete(f"Authorization header must have one '{repeated}' parameter.")
    missing = [name for name in IN_HEADER if not fields.get(name)]
    if missing:
        raise Incomplete(f"Authorization header requires '{missing[0]}' parameter.")
    token = next(iter(request.values("x-amz-security-token")), None)
    return _make_signature(fields, timestamp=_read_timestamp(request), token=token, expires_s=None)


def _read_timestamp(request: SignableRequest) -> str:
    """From X-Amz-Date, else from Date: a signer may use either."""
    for timestamp in request.values("x-amz-date"):
        return timestamp
    try:
        date = parsedate_to_datetime(request.values("date")[0])
        in_utc = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
        return f"{in_utc:{TIMESTAMP}}"
    except (IndexError, OverflowError, TypeError, ValueError) as error:
        raise Incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        ) from error


def _make_signature(
    fields: Mapping[str, str], *, timestamp: str, token: str | None, expires_s: int | None
) -> Signature:
    parts = fields["Credential"].rsplit("/", 4)
    if len(parts) != 5 or parts[4] != TERMINATOR:
        raise Incomplete(
            f"Credential must have 5 slash-delimited elements, got '{fields['Credential']}'"
        )
    signed_headers = tuple(fields["SignedHeaders"].lower().split(";"))
    if len(signed_headers) > MOST_SIGNED_HEADERS or _find_repeated(signed_headers):
        message = f"at most {MOST_SIGNED_HEADERS} different names, got {len(signed_headers)}"
        raise Incomplete(f"SignedHeaders must have {message}.")
    return Signature(
        key_id=parts[0],
        scope=Scope(date=parts[1], region=parts[2], service=parts[3]),
        signed_headers=signed_headers,
        value=fields["Signature"],
        timestamp=timestamp,
        token=token,
        expires_s=expires_s,
    )


def _decode(value: str) -> str:
    return unquote_to_bytes(value).decode("utf-8", "surrogateescape")
