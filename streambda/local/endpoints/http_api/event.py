"""An HTTP request as the event of an HTTP API: payload format 2.0 or 1.0. No I/O.

From "Create AWS Lambda proxy integrations for HTTP APIs", API Gateway developer guide. What the
guide leaves open is as in a request that was seen on AWS: the path is decoded, cookies are not
among the headers, nothing is said of TLS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from streambda.local.endpoints.function_url.event import TLS_HEADERS, make_function_url_event
from streambda.local.endpoints.rest_api.event import RestIdentity, RestTarget, make_rest_event
from streambda.local.http.event_body import EventBody
from streambda.local.http.request import HttpRequest
from streambda.local.model.http_apis import PAYLOAD_1_0
from streambda.local.model.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTarget:
    """The stage and the route that a request means; `path_parameters` are decoded."""

    api_id: str
    stage: str
    stage_variables: Mapping[str, str]
    route_key: str
    route_path: str
    path_parameters: Mapping[str, str]
    place: Place = field(default_factory=Place)


def make_http_api_event(
    request: HttpRequest,
    target: HttpTarget,
    payload: str = "2.0",
    authorizer: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """`authorizer` is what `requestContext.authorizer` has: by "jwt", "lambda" or "iam"."""
    make = _make_1_0 if payload == PAYLOAD_1_0 else _make_2_0
    return make(request, target, authorizer)


def _make_2_0(
    request: HttpRequest, target: HttpTarget, authorizer: Mapping[str, Any] | None
) -> dict[str, Any]:
    event = make_function_url_event(request, target.api_id)
    body = EventBody.of_http_api(request)
    skipped = TLS_HEADERS.keys() | {"cookie"}
    headers = {name: value for name, value in event["headers"].items() if name not in skipped}
    context = {
        **event["requestContext"],
        "accountId": target.place.account_id,
        "routeKey": target.route_key,
        "stage": target.stage,
        **({"authorizer": dict(authorizer)} if authorizer else {}),
    }
    event |= {
        "routeKey": target.route_key,
        "rawPath": request.path,
        "headers": {"content-length": str(len(request.body)), **headers},
        "requestContext": context,
        **({"body": body.text} if body.text is not None else {}),
        "isBase64Encoded": body.is_base64,
    }
    if target.path_parameters:
        event["pathParameters"] = dict(target.path_parameters)
    if target.stage_variables:
        event["stageVariables"] = dict(target.stage_variables)
    return event


def _make_1_0(
    request: HttpRequest, target: HttpTarget, authorizer: Mapping[str, Any] | None
) -> dict[str, Any]:
    """As that of a REST API, but its path has the stage."""
    of_rest_api = RestTarget(
        api_id=target.api_id,
        stage=target.stage,
        stage_variables=target.stage_variables,
        resource_id=target.route_key,
        resource_path=target.route_path or target.route_key,
        path=request.path,
        path_parameters=target.path_parameters,
        full_path=quote(request.path),
        place=target.place,
    )
    known = authorizer or {}
    # Format 1.0 has no names of kinds between.
    flat = known.get("lambda") or known.get("jwt") or known or None
    event = make_rest_event(request, of_rest_api, RestIdentity(authorizer=flat))
    body = EventBody.of_http_api(request)
    event |= {"body": body.text, "isBase64Encoded": body.is_base64}
    return {"version": PAYLOAD_1_0, **event}
