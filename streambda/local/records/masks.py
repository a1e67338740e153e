"""Secrets in what is recorded: found by the names of headers, parameters and fields. No I/O.

A record is a file that is sent to colleagues. What a name does not tell is not found: a password in
the text of a prompt stays. `MASK` has no characters that JSON or a URL would write in another way.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

MASK = "MASKED"

# Whole names, in lower case without hyphens and underscores.
NAMES = frozenset(
    {
        "accesskey",
        "accesskeyid",
        "apikey",
        "apikeyid",
        "authtoken",
        "authorization",
        "authorizationtoken",
        "clientsecret",
        "cookie",
        "credential",
        "credentials",
        "csrftoken",
        "idtoken",
        "jwt",
        "password",
        "passwd",
        "privatekey",
        "proxyauthorization",
        "refreshtoken",
        "secret",
        "secretkey",
        "sessionid",
        "sessiontoken",
        "setcookie",
        "sig",
        "signature",
        "token",
        "xamzcredential",
        "xamzsecuritytoken",
        "xamzsignature",
        "xapikey",
        "xauthtoken",
        "xcsrftoken",
        "xoriginverify",
        "xxsrftoken",
    }
)
ENDINGS = ("accesstoken", "apikey", "authtoken", "password", "secret", "secretkey", "sessiontoken")
# Fields of an event whose values are all secrets, whatever their names are.
WHOLE = frozenset({"cookies", "claims", "jwt", "clientcert"})
# Fields that are query strings.
QUERIES = frozenset({"rawquerystring"})
# What is a secret wherever it stands: keys of AWS, bearer tokens, JSON Web Tokens, keys of others.
PATTERNS = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bBearer\s+[A-Za-z0-9._~+/=-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|\bsk-[A-Za-z0-9_-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}"
)
MAX_DEPTH = 100


def mask_document(document: bytes) -> bytes:
    """An event, or a response's head, with its secrets replaced.

    Bytes that are no JSON are searched as text.
    """
    try:
        value = json.loads(document)
        masked = _mask(value, 0)
    except (ValueError, RecursionError):
        return mask_text(document.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )
    # As it came where nothing is secret: the same event is sent again.
    return document if masked == value else json.dumps(masked).encode()


def mask_text(text: str) -> str:
    """A text in which what looks like a secret by itself is replaced."""
    return PATTERNS.sub(MASK, text)


def _is_secret(name: str) -> bool:
    plain = name.lower().replace("-", "").replace("_", "")
    return plain in NAMES or plain.endswith(ENDINGS)


def _mask(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return MASK
    if isinstance(value, Mapping):
        return {name: _mask_field(name, part, depth) for name, part in value.items()}
    if isinstance(value, list):
        return [_mask(part, depth + 1) for part in value]
    return mask_text(value) if isinstance(value, str) else value


def _mask_field(name: str, value: Any, depth: int) -> Any:
    plain = name.lower()
    if plain in WHOLE or (_is_secret(name) and not isinstance(value, Mapping)):
        return _mask_all(value)
    if isinstance(value, str):
        if plain in QUERIES:
            return _mask_query(value)
        if plain == "body":
            return _mask_body(value)
    return _mask(value, depth + 1)


def _mask_all(value: Any) -> Any:
    """Every text and number within; the shape stays, which a handler may depend on."""
    if isinstance(value, Mapping):
        return {name: _mask_all(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_mask_all(part) for part in value]
    return value if value is None or isinstance(value, bool) else MASK


def _mask_query(query: str) -> str:
    pairs = [part.partition("=") for part in query.split("&")]
    return "&".join(
        f"{name}={MASK}" if equals and _is_secret(name) else mask_text(f"{name}{equals}{value}")
        for name, equals, value in pairs
    )


def _mask_body(body: str) -> str:
    """The body of a request: JSON, a form, or a text."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        is_form = "=" in body and not re.search(r"\s", body)
        return _mask_query(body) if is_form else mask_text(body)
    masked = _mask(value, 0)
    return body if masked == value else json.dumps(masked)
