"""Reads a prelude back with nothing but the documented format: JSON, 8 NUL bytes, body."""

import json
from typing import Any

NULS = bytes(8)


def split(body: bytes) -> tuple[dict[str, Any], bytes]:
    """The prelude's document and the body behind it."""
    document, delimiter, rest = body.partition(NULS)
    assert delimiter == NULS
    return json.loads(document), rest
