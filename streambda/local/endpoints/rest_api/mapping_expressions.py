"""Values that an integration takes from a request or a response. No I/O.

"Parameter mapping source examples for REST APIs in API Gateway", developer guide: all but those
that read a body. An expression without a value maps nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from streambda.local.endpoints.rest_api.lambda_authorizer import read_source

MULTI = "multivalue"

Headers = Sequence[tuple[str, str]]


def read_from_request(expression: str, event: Mapping[str, Any]) -> list[str]:
    """Of "method.request.header.X" and such. Args: `event` is the request's, in payload 1.0."""
    kind, _, name = expression.removeprefix("method.request.").partition(".")
    if kind == "path":
        value = (event["pathParameters"] or {}).get(name)
        # "REST APIs decode URL-encoded request parameters before passing them" on.
        return [] if value is None else [unquote(value)]
    if kind.endswith(("querystring", "header")):
        values = list(read_source(f"{kind.removeprefix(MULTI)}.{name}", event))
        return values if kind.startswith(MULTI) else values[-1:]
    return _read_anywhere(expression, event)


def read_from_response(expression: str, headers: Headers, event: Mapping[str, Any]) -> list[str]:
    """Of "integration.response.header.X" and such."""
    kind, _, name = expression.removeprefix("integration.response.").partition(".")
    if kind.endswith("header"):
        values = [value for key, value in headers if key.lower() == name.lower()]
        return values if kind.startswith(MULTI) else values[-1:]
    return _read_anywhere(expression, event)


def _read_anywhere(expression: str, event: Mapping[str, Any]) -> list[str]:
    """A 'literal', a variable of the stage, or one of `context`."""
    if expression.startswith("'"):
        return [_drop_surrogates(expression[1:-1])]
    kind, _, name = expression.partition(".")
    if kind == "stageVariables":
        value = (event["stageVariables"] or {}).get(name)
    else:
        value = event["requestContext"]
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    return [] if value is None or isinstance(value, Mapping) else [_drop_surrogates(str(value))]


def _drop_surrogates(text: str) -> str:
    """A function's JSON may have halves of characters, which nothing can be sent as."""
    return text.encode("utf-8", "replace").decode()
