"""Reads a prelude with nothing but the documented format: JSON, 8 NUL bytes, body."""

import json
from typing import Any

NULS = bytes(8)


def split_prelude(body: bytes) -> tuple[dict[str, Any], bytes]:
    """The prelude's document, and the body after it."""
    document, delimiter, rest = body.partition(NULS)
    assert delimiter == NULS
    return json.loads(document), rest
