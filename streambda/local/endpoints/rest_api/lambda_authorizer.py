"""Lambda authorizers: a function is invoked, its policy evaluated, and its decision cached.

"Use API Gateway Lambda authorizers", API Gateway developer guide.
"""

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
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
from streambda.local.model.lambda_errors import AwsError
from streambda.local.model.rest_api_access import Authorizer

# Gets a function's reference, an event and a trace id. Raises `GatewayRefusal`.
InvokeAuthorizer = Callable[[str, bytes, str], Awaitable[BufferedResponse]]

REFUSALS = {
    PolicyResult.DENIED: GatewayError.EXPLICIT_DENY,
    PolicyResult.NOT_ALLOWED: GatewayError.ACCESS_DENIED,
}

SOURCE = "method.request."


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
        self._cache: dict[tuple[str, ...], AuthorizerDecision] = {}

    async def admit(self, request: HttpRequest, target: RestTarget) -> AuthorizerDecision:
        """Raises `GatewayRefusal`."""
        identity = self._read_identity(request, target)
        arn = make_method_arn(request, target)
        key = (target.stage, *identity)
        decision = self._cache.get(key)
        if decision is None or self._clock() >= decision.until_s:
            decision = await self._ask(request, target, identity, arn)
            if self._authorizer.ttl_s and identity:
                self._cache[key] = decision
        try:
            result = evaluate_policy(decision.policy, arn)
        except BadPolicy as error:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION) from error
        if result in REFUSALS:
            raise GatewayRefusal(REFUSALS[result])
        return decision

    def _read_identity(self, request: HttpRequest, target: RestTarget) -> tuple[str, ...]:
        """The values of the identity sources; without one of them the function is not invoked."""
        sources = self._authorizer.identity_sources
        values = [read_source(source, request, target) for source in sources]
        if not all(values):
            raise GatewayRefusal(GatewayError.UNAUTHORIZED)
        pattern = self._authorizer.validation
        if pattern and not all(pattern.fullmatch(str(value)) for value in values):
            raise GatewayRefusal(GatewayError.UNAUTHORIZED)
        return tuple(str(value) for value in values)

    async def _ask(
        self, request: HttpRequest, target: RestTarget, identity: tuple[str, ...], arn: str
    ) -> AuthorizerDecision:
        if self._authorizer.function_name is None:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION)
        event: dict[str, Any] = {"type": self._authorizer.kind, "methodArn": arn}
        if self._authorizer.kind == "TOKEN":
            event["authorizationToken"] = identity[0]
        else:
            event |= make_request_event(request, target)
        until_s = self._clock() + self._authorizer.ttl_s
        data = json.dumps(event).encode()
        response = await self._invoke(self._authorizer.function_name, data, request.trace_id)
        return read_decision(response, until_s=until_s)


def make_authorizer_invoker(context: EndpointContext) -> InvokeAuthorizer:
    """Invokes the functions of authorizers, without the faults of the endpoint."""

    async def invoke(reference: str, event: bytes, trace_id: str) -> BufferedResponse:
        try:
            # An ARN of seven parts; an alias or a version would be the eighth.
            function = context.service.names.find(":".join(reference.split(":")[:7]))
            request = InvocationRequest(
                request_id=str(uuid.uuid4()),
                function_arn=function.arn,
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
        return AuthorizerDecision(
            policy=document["policyDocument"],
            context={"principalId": str(document["principalId"]), **to_texts(context)},
            usage_key=document.get("usageIdentifierKey"),
            until_s=until_s,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION) from error


def read_error_message(details: str | None) -> str | None:
    try:
        return str(json.loads(details or "")["errorMessage"])
    except (KeyError, TypeError, ValueError):
        return None


def to_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Every value as API Gateway writes it into an event."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }


def make_method_arn(request: HttpRequest, target: RestTarget) -> str:
    stage = target.place.arn("execute-api", f"{target.api_id}/{target.stage}")
    return f"{stage}/{request.method}{target.path}"


def make_request_event(request: HttpRequest, target: RestTarget) -> dict[str, Any]:
    """The proxy event without its body."""
    event = make_rest_event(request, target)
    del event["body"], event["isBase64Encoded"]
    return event


def read_source(source: str, request: HttpRequest, target: RestTarget) -> str | None:
    """Of "method.request.header.X", "method.request.querystring.x", "stageVariables.x" and such."""
    kind, _, name = source.removeprefix(SOURCE).partition(".")
    if kind == "header":
        return request.header(name.lower())
    if kind == "querystring":
        return dict(request.query_pairs).get(name)
    if kind == "stageVariables":
        return target.stage_variables.get(name)
    if kind != "context":
        return None
    context = make_request_event(request, target)["requestContext"]
    value = context.get(name) or context["identity"].get(name.removeprefix("identity."))
    return str(value) if value else None
