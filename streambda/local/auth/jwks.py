"""JSON Web Tokens and the keys that sign them: RS256 with nothing but whole numbers. No I/O.

RFC 7515 (JWS), RFC 7517 (JWK), RFC 8017, 8.2.2 (RSASSA-PKCS1-v1_5). This only checks
signatures with public keys: there is no secret that timing could reveal.
"""

import hashlib
import json
import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streambda.local.model.errors import LocalCloudError

BASE64URL = re.compile(r"[A-Za-z0-9_-]*")

# DER of DigestInfo for SHA-256, without the digest: RFC 8017, 9.2, note 1.
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class TokenError(Exception):
    """A token that is not valid."""


class TokenExpired(TokenError):
    """A token that was valid once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """An RSA key that checks signatures."""

    modulus: int
    exponent: int

    def verifies(self, data: bytes, signature: bytes) -> bool:
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature)
        if len(signature) != size or number >= self.modulus:
            return False
        return pow(number, self.exponent, self.modulus).to_bytes(size) == pad_digest(data, size)


class KeySet:
    """A user pool's keys, by id."""

    def __init__(self, keys: Mapping[str, PublicKey]) -> None:
        self._keys = dict(keys)

    @classmethod
    def read(cls, path: Path) -> "KeySet":
        """From a file such as {pool}/.well-known/jwks.json. Raises `LocalCloudError`."""
        try:
            document = json.loads(path.read_bytes())
            keys = [key for key in document["keys"] if key["kty"] == "RSA"]
            return cls({key["kid"]: parse_key(key) for key in keys})
        except OSError as error:
            raise LocalCloudError(f"cannot read {path}: {error.strerror}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise LocalCloudError(
                f"{path} is not a JWKS, expected an object with a list `keys` of RSA keys"
            ) from error

    def verify(self, token: str, now_s: float) -> dict[str, Any]:
        """The claims of a token that is signed with one of the keys. Raises `TokenError`."""
        header, claims, signed, signature = split_token(token)
        id = header.get("kid")
        key = self._keys.get(id) if isinstance(id, str) else None
        if header.get("alg") != "RS256" or key is None:
            found = f"alg {header.get('alg')!r}, kid {id!r}"
            raise TokenError(f"{found}: expected RS256 and a known key")
        if "crit" in header:  # RFC 7515, 4.1.11: who does not know what it asks for must refuse
            raise TokenError(f"the token has crit {header['crit']!r}, which is not known here")
        if not key.verifies(signed, signature):
            raise TokenError("the token is not signed with the key that it names")
        expires = read_time(claims, "exp")
        if expires is None:
            raise TokenError("the token has no exp")
        if now_s >= expires:
            raise TokenExpired(f"the token has expired, exp is {expires}")
        begins = read_time(claims, "nbf")
        if begins is not None and now_s < begins:
            raise TokenError(f"the token is not valid yet, nbf is {begins}")
        return claims


def read_time(claims: Mapping[str, Any], name: str) -> int | float | None:
    """A NumericDate of RFC 7519, in seconds; None if there is none. Raises `TokenError`."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    # To Python True is a number. An int may be too large for `isfinite`, but is always finite.
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or (isinstance(value, float) and not math.isfinite(value)):
        raise TokenError(f"the token's {name} is {value!r}, expected a number of seconds")
    return value


def split_token(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, what is signed, the signature; none is checked. Raises `TokenError`."""
    try:
        header, body, signature = token.split(".")
        decoded = [
            json.loads(decode_base64url(part), parse_constant=refuse_constant)
            for part in (header, body)
        ]
        if not all(isinstance(one, dict) for one in decoded):
            raise TokenError("a part of the token is not a JSON object")
        return decoded[0], decoded[1], f"{header}.{body}".encode(), decode_base64url(signature)
    except (ValueError, RecursionError) as error:
        raise TokenError(f"not a JSON Web Token: {error}") from error


def parse_key(key: Mapping[str, str]) -> PublicKey:
    return PublicKey(
        modulus=int.from_bytes(decode_base64url(key["n"].rstrip("="))),
        exponent=int.from_bytes(decode_base64url(key["e"].rstrip("="))),
    )


def refuse_constant(name: str) -> float:
    """NaN and Infinity are not JSON, though Python reads them."""
    raise ValueError(f"{name} is not JSON")


def decode_base64url(text: str) -> bytes:
    """Base64url without its padding. Raises `ValueError`."""
    # Python leaves out what is not base64, so that many texts would be one token.
    if not BASE64URL.fullmatch(text):
        raise ValueError("a part of it is not base64url without padding")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pad_digest(data: bytes, size: int) -> bytes:
    """EMSA-PKCS1-v1_5, RFC 8017, 9.2; empty where the key is too short for it."""
    digest = SHA256_INFO + hashlib.sha256(data).digest()
    filler = size - len(digest) - 3
    return b"\0\1" + b"\xff" * filler + b"\0" + digest if filler >= 8 else b""
