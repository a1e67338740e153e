"""AWS Signature Version 4, from the side that checks it. No I/O.

From "AWS Signature Version 4 for API requests" in the IAM user guide. The service signs
the request that it received once more, and compares.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from streambda.local.auth.signature import (
    ALGORITHM,
    TERMINATOR,
    TIMESTAMP,
    Incomplete,
    Scope,
    SignableRequest,
    Signature,
    SignatureError,
    query_pairs,
)

# "The request must reach AWS within five minutes of the time stamp in the request."
SKEW = timedelta(minutes=5)

DATE_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z")


def check_signature(
    request: SignableRequest, signature: Signature, secret: str, *, place: Scope, now: datetime
) -> None:
    """Raises `SignatureError` unless `secret` signed this request, for `place`, about now.

    `place` is the region and the service of the endpoint; its date is not used.
    """
    _check_scope(signature, place)
    _check_time(signature, now)
    if "host" not in signature.signed_headers:
        raise SignatureError("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    if not hmac.compare_digest(
        compute_signature(request, signature, secret), signature.value.encode("utf-8", "replace")
    ):
        raise SignatureError(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. "
            "Consult the service documentation for details."
        )


def compute_signature(request: SignableRequest, signature: Signature, secret: str) -> bytes:
    # Headers were decoded as Latin-1: this gives the original bytes.
    canonical = write_canonical_request(request, signature).encode("latin-1", "replace")
    text = "\n".join(
        (
            ALGORITHM,
            signature.timestamp,
            str(signature.scope),
            hashlib.sha256(canonical).hexdigest(),
        )
    )
    return _hmac(derive_key(secret, signature.scope), text).hex().encode()


def derive_key(secret: str, scope: Scope) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, scope.service, TERMINATOR):
        key = _hmac(key, part)
    return key


def write_canonical_request(request: SignableRequest, signature: Signature) -> str:
    pairs = query_pairs(request.query)
    if signature.in_query:
        pairs = [pair for pair in pairs if pair[0] != "X-Amz-Signature"]
    headers = [
        f"{name}:{','.join(' '.join(value.split()) for value in request.values(name))}\n"
        for name in signature.signed_headers
    ]
    return "\n".join(
        (
            request.method,
            encode_path(request.raw_path),
            encode_query(pairs),
            "".join(headers),
            ";".join(signature.signed_headers),
            # Neither Lambda nor API Gateway takes UNSIGNED-PAYLOAD: the body that was received
            # counts, whatever x-amz-content-sha256 says.
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def encode_path(raw_path: str) -> str:
    """Normalised, and encoded once more: every service but S3 signs %20 as %2520."""
    return quote(normalise_path(raw_path), safe="/~")


def normalise_path(path: str) -> str:
    """Without ".", ".." and repeated slashes; RFC 3986, 6.2.2.3."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    slash = "/" if parts and path.endswith("/") else ""
    return f"/{'/'.join(parts)}{slash}"


def encode_query(pairs: Iterable[tuple[str, str]]) -> str:
    encoded = sorted((_encode(name), _encode(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _check_scope(signature: Signature, place: Scope) -> None:
    scope = signature.scope
    wrong = ""
    if scope.region != place.region:
        wrong += f"Credential should be scoped to a valid region, not '{scope.region}'. "
    if scope.service != place.service:
        wrong += f"Credential should be scoped to correct service: '{place.service}'. "
    if wrong:
        raise SignatureError(wrong)
    if scope.date != signature.timestamp[:8]:
        raise SignatureError(
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
            f"from HTTP: '{scope.date}' != '{signature.timestamp[:8]}'."
        )


def _check_time(signature: Signature, now: datetime) -> None:
    try:
        if not DATE_TIME.fullmatch(signature.timestamp):  # strptime takes 2026131T1Z too
            raise ValueError(signature.timestamp)
        signed = datetime.strptime(signature.timestamp, TIMESTAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise Incomplete(
            f"Date must be in ISO-8601 'basic format'. Got '{signature.timestamp}'."
        ) from error
    lasts = timedelta(seconds=signature.expires_s) if signature.expires_s is not None else SKEW
    # Differences: a sum may lie outside of what a datetime can say.
    if now - signed > lasts:
        raise SignatureError(
            f"Signature expired: {signature.timestamp} is now earlier than "
            f"{now - lasts:{TIMESTAMP}} ({now:{TIMESTAMP}} - {_minutes(lasts)}.)"
        )
    if signed - now > SKEW:
        raise SignatureError(
            f"Signature not yet current: {signature.timestamp} is still later than "
            f"{now + SKEW:{TIMESTAMP}} ({now:{TIMESTAMP}} + {_minutes(SKEW)}.)"
        )


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:g} min"


def _encode(value: str) -> str:
    return quote(value, safe="-_.~", errors="surrogateescape")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
