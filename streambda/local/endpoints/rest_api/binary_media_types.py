"""An API's binaryMediaTypes: which bodies are base64 within an event or a response. No I/O.

"Content type conversions in API Gateway", developer guide. Without any such type every body is
text. A request's body is base64 if its Content-Type matches one; a response's base64 is decoded if
the first type of the request's Accept does.
"""

from streambda.local.http.event_body import media_type_of

# What a request without a Content-Type counts as.
DEFAULT = "application/json"


def is_binary(content_type: str | None, types: tuple[str, ...]) -> bool:
    """Whether a request's body is base64 in its event."""
    return _matches(media_type_of(content_type) or DEFAULT, types)


def accepts_binary(accept: str | None, types: tuple[str, ...]) -> bool:
    """Whether the base64 of a response is decoded for this caller."""
    return _matches(media_type_of(accept), types)


def _matches(media_type: str, types: tuple[str, ...]) -> bool:
    family = media_type.partition("/")[0]
    return not {"*/*", media_type, f"{family}/*"}.isdisjoint(types)
