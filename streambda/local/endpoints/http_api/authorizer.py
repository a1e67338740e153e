"""Lambda authorizers of HTTP APIs: a function is invoked, and its decision cached.

"Control access to HTTP APIs with AWS Lambda authorizers", API Gateway developer guide.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from streambda.local.endpoints.http_api.errors import HttpApiError, HttpApiRefusal
from streambda.local.endpoints.http_api.event import HttpTarget, make_http_api_event
from streambda.local.endpoints.rest_api.authorizer_policy import (
    BadPolicy,
    PolicyResult,
    evaluate_policy,
)
from streambda.local.endpoints.rest_api.gateway_errors import GatewayRefusal
from streambda.local.endpoints.rest_api.lambda_authorizer import MOST_DECISIONS, InvokeAuthorizer
from streambda.local.http.buffered_response import BufferedResponse
from streambda.local.http.request import HttpRequest, group_values
from streambda.local.model.http_apis import PAYLOAD_1_0, HttpAuthorizer

SOURCE = "$request."


@dataclass(frozen=True, slots=True)
class Decision:
    policy: Any  # None where the function says only yes or no
    allowed: bool
    context: Mapping[str, Any]
    until_s: float


class HttpLambdaAuthorizer:
    """Args: `clock` gives seconds."""

    def __init__(
        self, authorizer: HttpAuthorizer, invoke: InvokeAuthorizer, clock: Callable[[], float]
    ) -> None:
        self._authorizer = authorizer
        self._invoke = invoke
        self._clock = clock
        self._cache: dict[tuple[str, ...], Decision] = {}

    async def admit(self, request: HttpRequest, target: HttpTarget) -> Mapping[str, Any]:
        """What the function's context says. Raises `HttpApiRefusal`."""
        sources = self._authorizer.identity_sources
        identity = [read_identity(one, request, target) for one in sources]
        if not all(identity):
            raise HttpApiRefusal(HttpApiError.UNAUTHORIZED, "an identity source is missing")
        key = (target.stage, *identity)
        arn = make_route_arn(request, target)
        decision = self._cache.get(key)
        if decision is None or self._clock() >= decision.until_s:
            decision = await self._ask(request, target, identity, arn)
            if self._authorizer.ttl_s and identity:
                self._remember(key, decision)
        if not is_allowed(decision, arn):
            raise HttpApiRefusal(HttpApiError.FORBIDDEN, "its Lambda authorizer says no")
        return decision.context

    def _remember(self, key: tuple[str, ...], decision: Decision) -> None:
        self._cache.pop(key, None)
        self._cache[key] = decision
        while len(self._cache) > MOST_DECISIONS:
            del self._cache[next(iter(self._cache))]

    async def _ask(
        self, request: HttpRequest, target: HttpTarget, identity: list[str], arn: str
    ) -> Decision:
        authorizer = self._authorizer
        if authorizer.function_name is None:
            raise HttpApiRefusal(HttpApiError.INTERNAL, "its authorizer has no function here")
        event = make_http_api_event(request, target, authorizer.payload)
        del event["isBase64Encoded"]
        event.pop("body", None)
        event["type"] = "REQUEST"
        if authorizer.payload == PAYLOAD_1_0:
            joined = ",".join(identity)
            event |= {"methodArn": arn, "identitySource": joined, "authorizationToken": joined}
        else:
            event |= {"routeArn": arn, "identitySource": identity}
        until_s = self._clock() + authorizer.ttl_s
        try:
            data = json.dumps(event).encode()
            response = await self._invoke(authorizer.function_name, data, request.trace_id)
            return self._read(response, until_s)
        except GatewayRefusal as error:
            why = "its authorizer's function could not be invoked"
            raise HttpApiRefusal(HttpApiError.INTERNAL, why) from error
        except (RecursionError, ValueError) as error:
            why = f"its authorizer's response is not as expected: {error}"
            raise HttpApiRefusal(HttpApiError.INTERNAL, why) from error

    def _read(self, response: BufferedResponse, until_s: float) -> Decision:
        if response.failure:
            raise HttpApiRefusal(HttpApiError.INTERNAL, "its authorizer's function failed")
        document = json.loads(response.payload)
        key = "isAuthorized" if self._authorizer.simple else "policyDocument"
        if not isinstance(document, dict) or key not in document:
            raise ValueError(f"it is not an object with {key}")
        context = document.get("context") or {}
        if not isinstance(context, dict):
            raise ValueError(f"its context is {context!r}, expected an object")
        if not self._authorizer.simple:
            return Decision(document[key], False, context, until_s)
        if not isinstance(document[key], bool):
            raise ValueError(f"isAuthorized is {document[key]!r}, expected true or false")
        return Decision(None, document[key], context, until_s)


def is_allowed(decision: Decision, arn: str) -> bool:
    """Raises `HttpApiRefusal`."""
    if decision.policy is None:
        return decision.allowed
    try:
        return evaluate_policy(decision.policy, arn) is PolicyResult.ALLOWED
    except BadPolicy as error:
        raise HttpApiRefusal(HttpApiError.INTERNAL, str(error)) from error


def make_route_arn(request: HttpRequest, target: HttpTarget) -> str:
    stage = target.place.arn("execute-api", f"{target.api_id}/{target.stage}")
    return f"{stage}/{request.method}/{request.path.strip('/')}"


def read_identity(source: str, request: HttpRequest, target: HttpTarget) -> str:
    """Of "$request.header.X", "$stageVariables.x" and such; "" if there is none."""
    kind, _, name = source.removeprefix(SOURCE).partition(".")
    if kind == "header":
        return ",".join(value for key, value in request.headers if key == name.lower())
    if kind == "querystring":
        return ",".join(group_values(request.query_pairs).get(name, ()))
    if kind == "$stageVariables":
        return target.stage_variables.get(name, "")
    context = make_http_api_event(request, target)["requestContext"]
    value: Any = context if kind == "$context" else None
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)
