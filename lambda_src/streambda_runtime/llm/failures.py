"""An exception of a model's client, as a Failure that a stranger may read.

Providers' messages may hold account numbers, names of resources and whole prompts. The client sees
a sentence of ours, and the log sees the exception.
"""

from __future__ import annotations

from .events import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Explain = Callable[[Exception], Failure]

MESSAGES = {
    "invalid_request": "the model does not accept this request",
    "authentication": "the model refused our credentials",
    "permission": "we may not use this model",
    "not_found": "there is no such model",
    "request_too_large": "the request is too large for the model",
    "rate_limit": "the model has too many requests, try again later",
    "server_error": "the model failed",
    "timeout": "the model did not answer in time",
    "overloaded": "the model is overloaded, try again later",
}
LOST = "the connection to the model was lost"

# Codes of Bedrock, in lower case: of exceptions within the stream and of those before it.
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
_CODES = {
    "accessdeniedexception": "permission",
    "internalserverexception": "server_error",
    "modelerrorexception": "server_error",
    "modelnotreadyexception": "overloaded",
    "modelstreamerrorexception": "server_error",
    "modeltimeoutexception": "timeout",
    "resourcenotfoundexception": "not_found",
    "serviceunavailableexception": "overloaded",
    "throttlingexception": "rate_limit",
    "servicequotaexceededexception": "rate_limit",
    "toomanyrequestsexception": "rate_limit",
    "validationexception": "invalid_request",
    "expiredtokenexception": "authentication",
    "unrecognizedclientexception": "authentication",
}
# The types in the bodies of errors that OpenAI and Anthropic send within a stream.
_TYPES = {
    "authentication_error": "authentication",
    "invalid_request_error": "invalid_request",
    "not_found_error": "not_found",
    "overloaded_error": "overloaded",
    "permission_error": "permission",
    "rate_limit_error": "rate_limit",
    "rate_limit_exceeded": "rate_limit",
    "request_too_large": "request_too_large",
    "timeout_error": "timeout",
    "api_error": "server_error",
    "server_error": "server_error",
}
_STATUS_KINDS = {
    400: "invalid_request",
    401: "authentication",
    403: "permission",
    404: "not_found",
    408: "timeout",
    413: "request_too_large",
    422: "invalid_request",
    429: "rate_limit",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}


def explain(error: Exception) -> Failure:
    """The error for clients, of an exception that a model's stream has raised.

    It knows the exceptions of botocore, `openai`, `anthropic`, httpx and the standard library by
    what they carry, without importing them. All others are "server_error".
    """
    kind = _find_kind(error)
    if kind is not None:
        return Failure(MESSAGES[kind], kind)
    if _is_named(error, "Connection", "ProtocolError", "IncompleteRead", "ReadError"):
        return Failure(LOST)
    return Failure(MESSAGES["server_error"])


def explain_code(code: str) -> Failure:
    """The error for clients, of an exception that Bedrock has sent as an event."""
    kind = _CODES.get(code.lower(), "server_error")
    return Failure(MESSAGES[kind], kind)


def explain_type(type: object) -> Failure:
    """The error for clients, by the type of error that a provider has sent as an event."""
    kind = _TYPES.get(str(type), "server_error")
    return Failure(MESSAGES[kind], kind)


def _find_kind(error: Exception) -> str | None:
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore's
        code = str(response.get("Error", {}).get("Code", "")).lower()
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return _CODES.get(code) or _kind_of_status(status)
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = body.get("error", body)
        told = inner if isinstance(inner, dict) else {}
        for name in (told.get("type"), told.get("code")):
            if name in _TYPES:
                return _TYPES[name]
    if isinstance(error, TimeoutError) or _is_named(error, "Timeout"):
        return "timeout"
    status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
    return _kind_of_status(status)


def _kind_of_status(status: object) -> str | None:
    if not isinstance(status, int) or status < 400:
        return None
    return _STATUS_KINDS.get(status, "invalid_request" if status < 500 else "server_error")


def _is_named(error: Exception, *words: str) -> bool:
    """Whether a class of the exception has one of the words in its name."""
    return any(word in base.__name__ for base in type(error).__mro__ for word in words)
