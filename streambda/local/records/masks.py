"""An event, or a response's head, without its secrets. No I/O.

A record is a file that is sent to colleagues. Names and shapes tell what is a secret; a password in
the text of a prompt stays.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from streambda.local.records.secret_names import WHOLE, is_secret
from streambda.local.records.secret_texts import MASK, mask_form_parts, mask_text

# Fields that are query strings.
QUERIES = frozenset({"rawquerystring"})
SPACE = re.compile(r"\s")
MAX_DEPTH = 100


def mask_document(document: bytes) -> bytes:
    """An event, or a response's head, with its secrets replaced.

    Bytes that are not JSON are searched as text.
    """
    try:
        value = json.loads(document)
        masked = _mask(value, 0)
    except (ValueError, RecursionError):
        text = document.decode("utf-8", "surrogateescape")
        return mask_text(text).encode("utf-8", "surrogateescape")
    # As it came where nothing is secret: the same event is sent again.
    return document if masked == value else json.dumps(masked).encode()


def has_mask(event: bytes) -> bool:
    """Whether a secret of an event was replaced, in its body as well."""
    mark = MASK.encode()
    if mark in event:
        return True
    try:
        value = json.loads(event)
        return value["isBase64Encoded"] is True and mark in b64decode(value["body"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def _mask(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return MASK
    if isinstance(value, Mapping):
        packed = value.get("isBase64Encoded") is True
        return {name: _mask_field(name, part, depth, packed) for name, part in value.items()}
    if isinstance(value, list):
        return [_mask(part, depth + 1) for part in value]
    return _mask_string(value, depth) if isinstance(value, str) else value


def _mask_field(name: str, value: Any, depth: int, packed: bool) -> Any:
    plain = name.lower()
    if plain in WHOLE or (is_secret(name) and not isinstance(value, Mapping)):
        return _mask_all(value)
    if isinstance(value, str):
        if plain in QUERIES:
            return _mask_query(value)
        if plain == "body":
            return _mask_packed(value, depth) if packed else _mask_body(value, depth)
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
        f"{name}={MASK}"
        if equals and is_secret(unquote(name))
        else mask_text(f"{name}{equals}{value}")
        for name, equals, value in pairs
    )


def _mask_packed(body: str, depth: int) -> str:
    """A body in base64, as an endpoint hands on a form and all that it takes for binary."""
    try:
        data = b64decode(body, validate=True)
    except ValueError:
        return mask_text(body)
    try:
        text = data.decode()
        masked = _mask_body(text, depth).encode()
    except UnicodeError:
        # Each byte as one character: a form with a picture may have a password too.
        masked = mask_text(mask_form_parts(data.decode("latin-1"))).encode("latin-1")
    return body if masked == data else b64encode(masked).decode()


def _mask_body(body: str, depth: int) -> str:
    """The body of a request: JSON, a form, or a text."""
    if _may_be_json(body):
        return _mask_string(body, depth)
    if "=" in body and not SPACE.search(body):
        return _mask_query(body)
    return mask_text(mask_form_parts(body))


def _mask_string(text: str, depth: int) -> str:
    """A string of an event: a document in it has names that tell, as a message of a queue has."""
    if not _may_be_json(text):
        return mask_text(text)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return mask_text(text)
    masked = _mask(value, depth + 1)
    return text if masked == value else json.dumps(masked)


def _may_be_json(text: str) -> bool:
    return text[:8].lstrip()[:1] in {"{", "["}
