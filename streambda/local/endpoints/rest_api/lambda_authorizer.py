"""Lambda authorizers: a function is invoked, its policy evaluated, and its decision cached.

"Use API Gateway Lambda authorizers", API Gateway developer guide.
"""

import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from streambda.local.endpoints.context import EndpointContext
from streambda.local.endpoints.rest_api.authorizer_policy import (
    BadPolicy,
    PolicyResult,
    evaluate_policy,
)
from streambda.local.endpoints.rest_api.event import RestTarget, make_rest_event
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.http.buffered_response import BufferedResponse, read_buffered_response
from streambda.local.http.request import HttpRequest
from streambda.local.invocation.service import TooManyRequests
from streambda.local.invocation.stream import InvocationRequest
from streambda.local.model.function_names import qualify_arn
from streambda.local.model.lambda_errors import AwsError
from streambda.local.model.patterns import SlowPattern, matches
from streambda.local.model.rest_api_access import Authorizer

# Gets a function's reference, an event and a trace id. Raises `GatewayRefusal`.
InvokeAuthorizer = Callable[[str, bytes, str], Awaitable[BufferedResponse]]

REFUSALS = {
    PolicyResult.DENIED: GatewayError.EXPLICIT_DENY,
    PolicyResult.NOT_ALLOWED: GatewayError.ACCESS_DENIED,
}

SOURCE = "method.request."

# Of one authorizer; API Gateway names no number.
MOST_DECISIONS = 1000

# All values of each identity source: a header may be repeated.
Identity = tuple[tuple[str, ...], ...]
CacheKey = tuple[str, Identity]

logger = logging.getLogger("streambda.local")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerDecision:
    """What an authorizer has returned for one caller."""

    policy: Any
    context: Mapping[str, Any]  # as in requestContext.authorizer
    usage_key: str | None
    until_s: float


class LambdaAuthorizer:
    """Args: `clock` gives seconds."""

    def __init__(
        self, authorizer: Authorizer, invoke: InvokeAuthorizer, clock: Callable[[], float]
    ) -> None:
        self._authorizer = authorizer
        self._invoke = invoke
        self._clock = clock
        self._cache: dict[CacheKey, AuthorizerDecision] = {}

    async def admit(self, request: HttpRequest, target: RestTarget) -> AuthorizerDecision:
        """Raises `GatewayRefusal`."""
        # One event for all: what is matched and cached is what the function gets.
        event = make_request_event(request, target)
        identity = self._read_identity(event)
        arn = make_method_arn(request, target)
        key = (target.stage, identity)
        decision = self._cache.get(key)
        if decision is None or self._clock() >= decision.until_s:
            decision = await self._ask(event, identity, arn, request.trace_id)
            if self._authorizer.ttl_s and identity:
                self._remember(key, decision)
        try:
            result = evaluate_policy(decision.policy, arn)
        except BadPolicy as error:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION) from error
        if result in REFUSALS:
            raise GatewayRefusal(REFUSALS[result])
        return decision

    def _remember(self, key: CacheKey, decision: AuthorizerDecision) -> None:
        """The newest; callers may make up as many identities as they like."""
        self._cache.pop(key, None)
        self._cache[key] = decision
        while len(self._cache) > MOST_DECISIONS:
            del self._cache[next(iter(self._cache))]

    def _read_identity(self, event: Mapping[str, Any]) -> Identity:
        """The values of the identity sources; without one of them the function is not invoked."""
        identity = tuple(read_source(one, event) for one in self._authorizer.identity_sources)
        if not all(values and all(values) for values in identity):
            raise GatewayRefusal(GatewayError.UNAUTHORIZED)
        if not all(self._is_valid(value) for values in identity for value in values):
            raise GatewayRefusal(GatewayError.UNAUTHORIZED)
        return identity

    def _is_valid(self, value: str) -> bool:
        pattern = self._authorizer.validation
        try:
            return pattern is None or matches(pattern, value)
        except SlowPattern as error:
            logger.warning("authorizer %s refuses an identity: %s", self._authorizer.id, error)
            return False

    async def _ask(
        self, request_event: Mapping[str, Any], identity: Identity, arn: str, trace_id: str
    ) -> AuthorizerDecision:
        if self._authorizer.function_name is None:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION)
        event: dict[str, Any] = {"type": self._authorizer.kind, "methodArn": arn}
        if self._authorizer.kind != "TOKEN":
            event |= request_event
        elif identity:
            event["authorizationToken"] = identity[0][-1]
        else:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION)
        until_s = self._clock() + self._authorizer.ttl_s
        data = json.dumps(event).encode()
        response = await self._invoke(self._authorizer.function_name, data, trace_id)
        return read_decision(response, until_s=until_s)


def make_authorizer_invoker(context: EndpointContext) -> InvokeAuthorizer:
    """Invokes the functions of authorizers, without the faults of the endpoint."""

    async def invoke(reference: str, event: bytes, trace_id: str) -> BufferedResponse:
        try:
            names = context.service.names
            # An ARN of seven parts; an alias or a version would be the eighth.
            function = names.find(":".join(reference.split(":")[:7]))
            request = InvocationRequest(
                request_id=str(uuid.uuid4()),
                function_arn=qualify_arn(function, names.qualifier_of(reference)),
                event=event,
                trace_id=trace_id,
            )
            stream = context.service.invoke(function, request)
        except AwsError as error:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION) from error
        except TooManyRequests as error:
            raise GatewayRefusal(GatewayError.AUTHORIZER_FAILURE) from error
        return await read_buffered_response(stream, context.limits.buffered_response)

    return invoke


def read_decision(response: BufferedResponse, *, until_s: float) -> AuthorizerDecision:
    """Raises `GatewayRefusal`: the function may refuse by an error of its own, "Unauthorized"."""
    if response.failure:
        unauthorized = read_error_message(response.failure.details) == "Unauthorized"
        error = GatewayError.UNAUTHORIZED if unauthorized else GatewayError.AUTHORIZER_FAILURE
        raise GatewayRefusal(error)
    try:
        document = json.loads(response.payload)
        context = {str(key): value for key, value in (document.get("context") or {}).items()}
        if not all(isinstance(value, str | int | float) for value in context.values()):
            raise TypeError("context has a value that is neither text nor number nor boolean")
        usage_key = document.get("usageIdentifierKey")
        if not isinstance(usage_key, str | None):
            raise TypeError("usageIdentifierKey is not a string")
        return AuthorizerDecision(
            policy=document["policyDocument"],
            context={"principalId": str(document["principalId"]), **to_texts(context)},
            usage_key=usage_key,
            until_s=until_s,
        )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION) from error


def read_error_message(details: str | None) -> str | None:
    try:
        return str(json.loads(details or "")["errorMessage"])
    except (KeyError, RecursionError, TypeError, ValueError):
        return None


def to_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Every value as API Gateway writes it into an event."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }


def make_method_arn(request: HttpRequest, target: RestTarget) -> str:
    stage = target.place.arn("execute-api", f"{target.api_id}/{target.stage}")
    # Slashes at the end do not count for the method that is found, so neither for who may call it.
    return f"{stage}/{request.method}/{target.path.strip('/')}"


def make_request_event(request: HttpRequest, target: RestTarget) -> dict[str, Any]:
    """The proxy event without its body."""
    event = make_rest_event(replace(request, body=b""), target)
    del event["body"], event["isBase64Encoded"]
    return event


def read_source(source: str, event: Mapping[str, Any]) -> tuple[str, ...]:
    """All values of "method.request.header.X", "stageVariables.x" and such in a proxy event.

    The last is the one that the event has where it has only one.
    """
    kind, _, name = source.removeprefix(SOURCE).partition(".")
    if kind == "header":
        headers = event["multiValueHeaders"].items()
        return tuple(
            one for key, values in headers if key.lower() == name.lower() for one in values
        )
    if kind == "querystring":
        return tuple((event["multiValueQueryStringParameters"] or {}).get(name, ()))
    if kind == "stageVariables":
        value = (event["stageVariables"] or {}).get(name)
    elif kind == "context":
        context = event["requestContext"]
        value = context.get(name) or context["identity"].get(name.removeprefix("identity."))
    else:
        value = None
    return (str(value),) if value else ()
