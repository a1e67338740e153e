"""Lambda authorisers: a function is asked, its policy judged, and kept for a while.

"Use API Gateway Lambda authorizers", API Gateway developer guide.
"""

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from streambda.local.endpoints.rest_api.authorizer_policy import BadPolicy, Verdict, judge
from streambda.local.endpoints.rest_api.event import RestTarget, rest_event
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.http.request import HttpCall
from streambda.local.http.whole_response import Collected
from streambda.local.model.access import Authorizer
from streambda.local.model.constants import ACCOUNT_ID, REGION

# Gets a function's reference, an event and a trace id. Raises `aws_errors.AwsError`.
Ask = Callable[[str, bytes, str, str], Awaitable[Collected]]

REFUSALS = {
    Verdict.DENIED: GatewayError.EXPLICIT_DENY,
    Verdict.NOT_ALLOWED: GatewayError.ACCESS_DENIED,
}

SOURCE = "method.request."
CONTEXT = "context."


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerDecision:
    """What an authoriser has said about somebody."""

    policy: Any
    context: Mapping[str, Any]  # as requestContext.authorizer has it
    usage_key: str | None
    until_s: float


class LambdaAuthorizer:
    """Args: `clock` gives seconds; `ask` invokes a function and collects what it says."""

    def __init__(self, authorizer: Authorizer, ask: Ask, clock: Callable[[], float]) -> None:
        self._authorizer = authorizer
        self._ask = ask
        self._clock = clock
        self._kept: dict[tuple[str, ...], AuthorizerDecision] = {}

    async def admit(self, call: HttpCall, target: RestTarget) -> AuthorizerDecision:
        """Raises `GatewayRefusal`."""
        identity = self._identity(call, target)
        arn = method_arn(call, target)
        name = (target.stage, *identity)
        decision = self._kept.get(name)
        if decision is None or self._clock() >= decision.until_s:
            decision = await self._decision(call, target, identity, arn)
            if self._authorizer.ttl_s and identity:
                self._kept[name] = decision
        try:
            verdict = judge(decision.policy, arn)
        except BadPolicy as error:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION) from error
        if verdict in REFUSALS:
            raise GatewayRefusal(REFUSALS[verdict])
        return decision

    def _identity(self, call: HttpCall, target: RestTarget) -> tuple[str, ...]:
        """The values of the identity sources; whoever lacks one is not even asked about."""
        sources = self._authorizer.identity_sources
        values = [source_value(source, call, target) for source in sources]
        if not all(values):
            raise GatewayRefusal(GatewayError.UNAUTHORIZED)
        pattern = self._authorizer.validation
        if pattern and not all(pattern.fullmatch(str(value)) for value in values):
            raise GatewayRefusal(GatewayError.UNAUTHORIZED)
        return tuple(str(value) for value in values)

    async def _decision(
        self, call: HttpCall, target: RestTarget, identity: tuple[str, ...], arn: str
    ) -> AuthorizerDecision:
        if self._authorizer.function_name is None:
            raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION)
        event: dict[str, Any] = {"type": self._authorizer.kind, "methodArn": arn}
        if self._authorizer.kind == "TOKEN":
            event["authorizationToken"] = identity[0]
        else:
            event |= request_event(call, target)
        asked_at = self._clock()
        answer = await self._ask(
            self._authorizer.function_name,
            json.dumps(event).encode(),
            str(uuid.uuid4()),
            call.trace_id,
        )
        ttl_s = self._authorizer.ttl_s
        return read_decision(answer, until_s=asked_at + ttl_s)


def read_decision(answer: Collected, *, until_s: float) -> AuthorizerDecision:
    """Raises `GatewayRefusal`: the function may refuse by an error of its own, "Unauthorized"."""
    if answer.failure:
        unauthorized = error_message(answer.failure.details) == "Unauthorized"
        kind = GatewayError.UNAUTHORIZED if unauthorized else GatewayError.AUTHORIZER_FAILURE
        raise GatewayRefusal(kind)
    try:
        document = json.loads(answer.body)
        context = {str(key): value for key, value in (document.get("context") or {}).items()}
        if not all(isinstance(value, str | int | float) for value in context.values()):
            raise TypeError("context has a value that is neither text nor number nor boolean")
        return AuthorizerDecision(
            policy=document["policyDocument"],
            context={"principalId": str(document["principalId"]), **texts(context)},
            usage_key=document.get("usageIdentifierKey"),
            until_s=until_s,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GatewayRefusal(GatewayError.AUTHORIZER_CONFIGURATION) from error


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Every value as API Gateway hands it on."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }


def error_message(details: str | None) -> str | None:
    try:
        return str(json.loads(details or "")["errorMessage"])
    except (KeyError, TypeError, ValueError):
        return None


def method_arn(call: HttpCall, target: RestTarget) -> str:
    place = f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{target.api_id}/{target.stage}"
    return f"{place}/{call.method}{target.path}"


def request_event(call: HttpCall, target: RestTarget) -> dict[str, Any]:
    """The proxy event without its body."""
    event = rest_event(call, target)
    del event["body"], event["isBase64Encoded"]
    return event


def source_value(source: str, call: HttpCall, target: RestTarget) -> str | None:
    """Of "method.request.header.X", "method.request.querystring.x", "stageVariables.x" and such."""
    kind, _, name = source.removeprefix(SOURCE).partition(".")
    if kind == "header":
        return call.header(name.lower())
    if kind == "querystring":
        return dict(call.query_pairs).get(name)
    if kind == "stageVariables":
        return target.stage_variables.get(name)
    context = request_event(call, target)["requestContext"]
    found = context.get(name) or context["identity"].get(name.removeprefix("identity."))
    return str(found) if kind == CONTEXT.rstrip(".") and found else None
