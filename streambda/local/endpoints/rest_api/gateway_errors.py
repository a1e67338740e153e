"""What API Gateway answers by itself: one table, and an API's own gateway responses. No I/O.

Types and status codes from "Gateway response types for API Gateway", the messages as API Gateway
sends them.
"""

import json
from collections.abc import Mapping
from enum import Enum

from streambda.local.http.headers import encode_headers
from streambda.local.http.response import HttpResponse
from streambda.local.model.rest_api_access import GatewayResponse


class GatewayError(Enum):
    """Response type, status, message, and AWS's name for the exception."""

    ACCESS_DENIED = (
        "ACCESS_DENIED",
        403,
        "User is not authorized to access this resource",
        "AccessDeniedException",
    )
    EXPLICIT_DENY = (
        "ACCESS_DENIED",
        403,
        "User is not authorized to access this resource with an explicit deny",
        "AccessDeniedException",
    )
    API_CONFIGURATION = (
        "API_CONFIGURATION_ERROR",
        500,
        "Internal server error",
        "InternalServerErrorException",
    )
    AUTHORIZER_CONFIGURATION = (
        "AUTHORIZER_CONFIGURATION_ERROR",
        500,
        None,
        "AuthorizerConfigurationException",
    )
    AUTHORIZER_FAILURE = ("AUTHORIZER_FAILURE", 500, None, "AuthorizerFailureException")
    EXPIRED_TOKEN = ("UNAUTHORIZED", 401, "The incoming token has expired", "UnauthorizedException")
    # Not in the list of types: a malformed response of the function.
    BAD_GATEWAY = ("DEFAULT_5XX", 502, "Internal server error", "InternalServerErrorException")
    INTEGRATION_FAILURE = (
        "INTEGRATION_FAILURE",
        500,
        "Internal server error",
        "InternalServerErrorException",
    )
    INTEGRATION_TIMEOUT = (
        "INTEGRATION_TIMEOUT",
        504,
        "Endpoint request timed out",
        "InternalServerErrorException",
    )
    INVALID_API_KEY = ("INVALID_API_KEY", 403, "Forbidden", "ForbiddenException")
    INVALID_SIGNATURE = ("INVALID_SIGNATURE", 403, "", "InvalidSignatureException")
    MISSING_AUTHENTICATION_TOKEN = (
        "MISSING_AUTHENTICATION_TOKEN",
        403,
        "Missing Authentication Token",
        "MissingAuthenticationTokenException",
    )
    # "Execution failed due to a network error communicating with endpoint", in its log.
    NETWORK_ERROR = (
        "INTEGRATION_FAILURE",
        504,
        "Network error communicating with endpoint",
        "InternalServerErrorException",
    )
    NOT_SERVED = (
        "API_CONFIGURATION_ERROR",
        501,
        "the local cloud serves Lambda, HTTP and mock integrations",
        "NotImplementedException",
    )
    QUOTA_EXCEEDED = ("QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException")
    BODY_TOO_LONG = (
        "REQUEST_TOO_LARGE",
        413,
        "HTTP content length exceeded {limit} bytes.",
        "RequestTooLargeException",
    )
    EVENT_TOO_LONG = ("REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestTooLargeException")
    THROTTLED = ("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException")
    UNAUTHORIZED = ("UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException")

    def __init__(self, kind: str, status: int, message: str | None, exception: str) -> None:
        self.kind = kind
        self.status = status
        self.message = message
        self.exception = exception


# The types whose body has Message, with a capital letter; all others have message.
CAPITALISED = frozenset({GatewayError.ACCESS_DENIED, GatewayError.EXPLICIT_DENY})


class GatewayRefusal(Exception):
    """A request that API Gateway answers by itself.

    Args:
        message: Replaces that of the table; `exception` too.
        why: For the log, where the message says less than is known here.
    """

    def __init__(
        self,
        error: GatewayError,
        message: str | None = None,
        exception: str | None = None,
        *,
        why: str | None = None,
    ) -> None:
        super().__init__(error.name)
        self.why = why
        self.error = error
        self.message = error.message if message is None else message
        self.exception = exception or error.exception


def make_error_response(
    refusal: GatewayRefusal, responses: Mapping[str, GatewayResponse], request_id: str
) -> HttpResponse:
    """`responses` are the API's own, by type. Raises `BadHeader`."""
    error = refusal.error
    default = f"DEFAULT_{error.status // 100}XX"
    custom = responses.get(error.kind) or responses.get(default)
    status = custom.status if custom and custom.status else error.status
    pairs = [
        ("content-type", "application/json"),
        ("x-amzn-requestid", request_id),
        ("x-amzn-errortype", refusal.exception),
    ]
    own = custom.headers if custom else ()
    names = {name.lower() for name, _ in own}
    defaults = [pair for pair in pairs if pair[0] not in names]
    template = custom.template if custom else None
    return HttpResponse(
        status, encode_headers([*defaults, *own]), _make_body(refusal, template, request_id)
    )


def _make_body(refusal: GatewayRefusal, template: str | None, request_id: str) -> bytes:
    if template is None:
        name = "Message" if refusal.error in CAPITALISED else "message"
        return json.dumps({name: refusal.message}, separators=(",", ":")).encode()
    # The longer name first: the second begins it.
    values = {
        "$context.error.messageString": json.dumps(refusal.message),
        "$context.error.message": str(refusal.message),
        "$context.error.responseType": refusal.error.kind,
        "$context.requestId": request_id,
    }
    for name, value in values.items():
        template = template.replace(name, value)
    return template.encode()
