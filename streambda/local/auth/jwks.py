"""JSON Web Tokens and the keys that sign them: RS256 with nothing but whole numbers. No I/O.

RFC 7515 (JWS), RFC 7517 (JWK), RFC 8017, 8.2.2 (RSASSA-PKCS1-v1_5). Only checking is done here,
with public keys, so that there is no secret which timing could tell.
"""

import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streambda.local.model.errors import LocalCloudError

# DER of DigestInfo for SHA-256, without the digest: RFC 8017, 9.2, note 1.
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class TokenError(Exception):
    """A token that nobody has to believe."""


class TokenExpired(TokenError):
    """A token that was good once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    modulus: int
    exponent: int

    def verifies(self, data: bytes, signature: bytes) -> bool:
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature)
        if len(signature) != size or number >= self.modulus:
            return False
        return pow(number, self.exponent, self.modulus).to_bytes(size) == padded(data, size)


class KeySet:
    """A user pool's keys, by id."""

    def __init__(self, keys: Mapping[str, PublicKey]) -> None:
        self._keys = dict(keys)

    @classmethod
    def read(cls, path: Path) -> "KeySet":
        """From a file as {pool}/.well-known/jwks.json is. Raises `LocalCloudError`."""
        try:
            document = json.loads(path.read_bytes())
            keys = [key for key in document["keys"] if key["kty"] == "RSA"]
            return cls({key["kid"]: public_key(key) for key in keys})
        except OSError as error:
            raise LocalCloudError(f"cannot read {path}: {error.strerror}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise LocalCloudError(
                f"{path} is no JWKS, expected an object with a list `keys` of RSA keys"
            ) from error

    def claims(self, token: str, now_s: float) -> dict[str, Any]:
        """The claims of a token that is signed with one of the keys. Raises `TokenError`."""
        head, claims, signed, signature = parts(token)
        key = self._keys.get(str(head.get("kid")))
        if head.get("alg") != "RS256" or key is None:
            raise TokenError(
                f"alg {head.get('alg')!r}, kid {head.get('kid')!r}: expected RS256 and a known key"
            )
        if not key.verifies(signed, signature):
            raise TokenError("the signature is not of the key that the token names")
        expires = claims.get("exp")
        if not isinstance(expires, int | float):
            raise TokenError("the token has no exp")
        if now_s >= expires:
            raise TokenExpired(f"the token has expired, exp is {expires}")
        return claims


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, what is signed, the signature; none is checked. Raises `TokenError`."""
    try:
        head, body, signature = token.split(".")
        decoded = [json.loads(decode(part)) for part in (head, body)]
        if not all(isinstance(one, dict) for one in decoded):
            raise TokenError("a part of the token is no JSON object")
        return decoded[0], decoded[1], f"{head}.{body}".encode(), decode(signature)
    except (ValueError, RecursionError) as error:
        raise TokenError(f"not a JSON Web Token: {error}") from error


def public_key(key: Mapping[str, str]) -> PublicKey:
    return PublicKey(
        modulus=int.from_bytes(decode(key["n"])), exponent=int.from_bytes(decode(key["e"]))
    )


def decode(text: str) -> bytes:
    """Base64url without its padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def padded(data: bytes, size: int) -> bytes:
    """EMSA-PKCS1-v1_5, RFC 8017, 9.2; empty where the key is too short for it."""
    digest = SHA256_INFO + hashlib.sha256(data).digest()
    filler = size - len(digest) - 3
    return b"\0\1" + b"\xff" * filler + b"\0" + digest if filler >= 8 else b""
