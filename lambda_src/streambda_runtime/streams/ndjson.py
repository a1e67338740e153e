"""JSON lines: one JSON document on each line (application/x-ndjson)."""

from __future__ import annotations

from ..json_codec import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def ndjson(value: Any) -> bytes:
    r"""A line of JSON (application/x-ndjson).

    Raises TypeError or ValueError for what JSON cannot hold.

    >>> ndjson({"row": 1})
    b'{"row":1}\n'
    """
    return dumps(value) + b"\n"
