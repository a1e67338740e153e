"""Which endpoint made the event: a Function URL, a REST API, or nobody in between.

The runtime cannot know whether the caller used Invoke or InvokeWithResponseStream, so only the
event's own shape decides whether a response gets a prelude.
"""

from __future__ import annotations

# The payload format versions of the events.
REST_API = "1.0"
FUNCTION_URL = "2.0"

# RFC 9110, 15.3.5, 15.3.6, 15.4.5: responses that end after their headers.
_BODILESS = frozenset((204, 205, 304))


class HttpEvent:
    """The HTTP request behind an event, as far as its response depends on it."""

    __slots__ = ("_headers", "method", "version")

    def __init__(self, version: str, method: str, headers: object = None) -> None:
        self.version = version
        self.method = method
        self._headers = headers

    def header(self, name: str) -> str | None:
        """The value of a request header, whose `name` is in lower case."""
        # A REST API passes names on as the client wrote them.
        if isinstance(self._headers, dict):
            for key, value in self._headers.items():
                if key.lower() == name and isinstance(value, str):
                    return value
        return None

    def allows_body(self, status: int) -> bool:
        """Whether a response with this status may have a body."""
        return self.method != "HEAD" and status not in _BODILESS


def read_http_event(event: object) -> HttpEvent | None:
    """The endpoint that the event came through; None for a direct invoke and for unknown shapes."""
    if not isinstance(event, dict):
        return None
    request = event.get("requestContext")
    if not isinstance(request, dict):
        return None
    # The question to a Lambda authorizer has the request in it, and wants a policy for an answer.
    if "methodArn" in event or "routeArn" in event:
        return None
    if event.get("version") == FUNCTION_URL and isinstance(http := request.get("http"), dict):
        return HttpEvent(FUNCTION_URL, str(http.get("method")), event.get("headers"))
    method = event.get("httpMethod")
    # An ALB's event looks alike, but an ALB cannot read a prelude.
    if isinstance(method, str) and "elb" not in request:
        return HttpEvent(REST_API, method, event.get("headers"))
    return None
