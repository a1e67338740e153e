"""The handler for a runtime that cannot stream: everything is in one proxy response."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    count, size, _, _ = [int(number) for number in event["rawPath"][1:].split("/")]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/octet-stream"},
        "body": ("x" * (size - 1) + "\n") * count,
    }
