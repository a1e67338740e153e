"""What an HTTP API answers by itself. No I/O.

The messages are as API Gateway sends them; an HTTP API has no gateway responses of its own.
"""

import json
from enum import Enum

from streambda.local.http.headers import CONTENT_TYPE
from streambda.local.http.request import HttpRequest
from streambda.local.http.response import HttpResponse


class HttpApiError(Enum):
    UNAUTHORIZED = (401, "Unauthorized")
    FORBIDDEN = (403, "Forbidden")
    NOT_FOUND = (404, "Not Found")
    TOO_LARGE = (413, "Request Entity Too Large")
    THROTTLED = (429, "Too Many Requests")
    INTERNAL = (500, "Internal Server Error")
    NOT_SERVED = (501, "the local cloud serves functions and URLs behind HTTP APIs")
    UNAVAILABLE = (503, "Service Unavailable")

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message


class HttpApiRefusal(Exception):
    """Args: `why` is for the log, where the message says less; without it there is no line."""

    def __init__(self, error: HttpApiError, why: str = "") -> None:
        super().__init__(error.name)
        self.error = error
        self.why = why


def make_error_response(error: HttpApiError, request_id: str) -> HttpResponse:
    headers = [(CONTENT_TYPE, b"application/json"), *id_headers(request_id)]
    body = json.dumps({"message": error.message}, separators=(",", ":")).encode()
    return HttpResponse(error.status, headers, body)


def id_headers(request_id: str) -> list[tuple[bytes, bytes]]:
    """API Gateway's own, and the one by which the console knows the invocation."""
    value = request_id.encode()
    return [(b"apigw-requestid", value), (b"x-amzn-requestid", value)]


def complete(response: HttpResponse, request: HttpRequest) -> HttpResponse:
    headers = [*response.headers, *id_headers(request.request_id)]
    return HttpResponse(response.status, headers, response.body)
