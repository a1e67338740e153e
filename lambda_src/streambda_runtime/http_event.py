"""Which front door made the event: a Function URL, a REST API, or nobody in between.

The runtime cannot know whether the caller used Invoke or InvokeWithResponseStream, so only the
event's own shape decides whether a response gets a prelude.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import TypeIs

REST_API = "1.0"
FUNCTION_URL = "2.0"


def payload_version(event: object) -> str | None:
    """`FUNCTION_URL` or `REST_API` (the payload format versions), None for a direct invoke."""
    if not _is_object(event) or not _is_object(request := event.get("requestContext")):
        return None
    if event.get("version") == FUNCTION_URL and _is_object(request.get("http")):
        return FUNCTION_URL
    # An ALB's event looks alike, but an ALB cannot read a prelude.
    if isinstance(event.get("httpMethod"), str) and "elb" not in request:
        return REST_API
    return None


def _is_object(value: object) -> TypeIs[dict[str, Any]]:
    return isinstance(value, dict)
