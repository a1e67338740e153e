"""Reads authorisers, API keys, usage plans and gateway responses of one REST API."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from streambda.local.assembly.intrinsics import Resolver
from streambda.local.assembly.manifest import Stack, is_true
from streambda.local.model.errors import AssemblyError
from streambda.local.model.patterns import check_pattern
from streambda.local.model.rest_api_access import (
    Access,
    AuthKind,
    Authorizer,
    GatewayResponse,
    MethodAuth,
    MethodThrottle,
    Quota,
    Throttle,
    UsagePlan,
)

FUNCTION_IN_URI = re.compile(r":lambda:path/[\d-]+/functions/(?P<reference>.+)/[\w-]+$")

GATEWAY_HEADER = "gatewayresponse.header."

# AuthorizerResultTtlInSeconds: "The default value is 300, and the maximum value is 3600".
DEFAULT_TTL_S = 300

Properties = Mapping[str, Any]


def read_method_auth(
    properties: Properties, authorizers: Mapping[str, Authorizer], resolver: Resolver
) -> MethodAuth:
    return MethodAuth(
        kind=_read_kind(resolver.text(properties.get("AuthorizationType")) or "NONE"),
        authorizer=authorizers.get(resolver.text(properties.get("AuthorizerId"))),
        scopes=frozenset(resolver.resolve(properties.get("AuthorizationScopes", []))),
        api_key=is_true(resolver.resolve(properties.get("ApiKeyRequired"))),
    )


def read_method_throttles(stage: Properties) -> Iterator[MethodThrottle]:
    for settings in stage.get("MethodSettings") or ():
        throttle = _read_throttle(
            {
                limit: settings[f"Throttling{limit}"]
                for limit in ("RateLimit", "BurstLimit")
                if f"Throttling{limit}" in settings
            }
        )
        # -1: the limit is switched off. "~1" is a slash: the path is part of another one.
        if throttle and throttle.rate_per_s >= 0 and throttle.burst >= 0:
            path = str(settings.get("ResourcePath", "/*")).replace("~1", "/").strip("/")
            method = str(settings.get("HttpMethod", "*")).upper()
            yield MethodThrottle(method=method, path=f"/{path}", throttle=throttle)


def _read_kind(kind: str) -> AuthKind:
    """Raises `AssemblyError`."""
    try:
        return AuthKind(kind)
    except ValueError as error:
        expected = ", ".join(AuthKind)
        raise AssemblyError(f"AuthorizationType is {kind!r}, expected {expected}") from error


def read_authorizers(stack: Stack, resolver: Resolver, api: str) -> dict[str, Authorizer]:
    """By id."""
    return {
        logical_id: _read_authorizer(logical_id, properties)
        for logical_id, properties in _resources(stack, resolver, "AWS::ApiGateway::Authorizer")
        if properties.get("RestApiId") == api
    }


def read_access(stack: Stack, resolver: Resolver, api: str, properties: Properties) -> Access:
    return Access(
        gateway_responses=dict(_read_gateway_responses(stack, resolver, api)),
        usage_plans=tuple(_read_usage_plans(stack, resolver, api)),
        key_from_authorizer=properties.get("ApiKeySourceType") == "AUTHORIZER",
    )


def _read_authorizer(logical_id: str, properties: Properties) -> Authorizer:
    found = FUNCTION_IN_URI.search(str(properties.get("AuthorizerUri", "")))
    sources = str(properties.get("IdentitySource", ""))
    pattern = properties.get("IdentityValidationExpression")
    return Authorizer(
        id=logical_id,
        kind=str(properties["Type"]),
        function_name=found["reference"] if found else None,
        identity_sources=tuple(one.strip() for one in sources.split(",") if one.strip()),
        validation=_read_pattern(logical_id, pattern) if pattern else None,
        ttl_s=int(properties.get("AuthorizerResultTtlInSeconds", DEFAULT_TTL_S)),
    )


def _read_pattern(logical_id: str, pattern: Any) -> str:
    """Raises `AssemblyError`: a deployment would fail too."""
    try:
        check_pattern(str(pattern))
    except ValueError as error:
        name = f"the authorizer {logical_id}: its IdentityValidationExpression"
        raise AssemblyError(f"{name} {error}") from error
    return str(pattern)


def _read_gateway_responses(
    stack: Stack, resolver: Resolver, api: str
) -> Iterator[tuple[str, GatewayResponse]]:
    for _, properties in _resources(stack, resolver, "AWS::ApiGateway::GatewayResponse"):
        if properties.get("RestApiId") != api:
            continue
        status = properties.get("StatusCode")
        parameters = properties.get("ResponseParameters", {})
        yield (
            properties["ResponseType"],
            GatewayResponse(
                status=int(status) if status else None,
                headers=tuple(
                    (name.removeprefix(GATEWAY_HEADER), value[1:-1])
                    for name, value in parameters.items()
                    if name.startswith(GATEWAY_HEADER) and str(value).startswith("'")
                ),
                template=properties.get("ResponseTemplates", {}).get("application/json"),
            ),
        )


def _read_usage_plans(stack: Stack, resolver: Resolver, api: str) -> Iterator[UsagePlan]:
    values = dict(_read_key_values(stack, resolver))
    links = [one for _, one in _resources(stack, resolver, "AWS::ApiGateway::UsagePlanKey")]
    for plan_id, properties in _resources(stack, resolver, "AWS::ApiGateway::UsagePlan"):
        stages = [one for one in properties.get("ApiStages", []) if one.get("ApiId") == api]
        if not stages:
            continue
        ids = [str(link["KeyId"]) for link in links if link["UsagePlanId"] == plan_id]
        yield UsagePlan(
            id=plan_id,
            stages=frozenset(str(one["Stage"]) for one in stages),
            keys={values[key]: key for key in ids if key in values},
            throttle=_read_throttle(properties.get("Throttle", {})),
            quota=_read_quota(properties.get("Quota", {})),
        )


def _read_key_values(stack: Stack, resolver: Resolver) -> Iterator[tuple[str, str]]:
    """For a key without a value AWS makes one up; here it is the logical id."""
    for logical_id, properties in _resources(stack, resolver, "AWS::ApiGateway::ApiKey"):
        if is_true(properties.get("Enabled")):
            yield logical_id, str(properties.get("Value", logical_id))


def _read_throttle(properties: Properties) -> Throttle | None:
    if not properties:
        return None
    rate = float(properties.get("RateLimit", float("inf")))
    burst = properties.get("BurstLimit", rate if rate < float("inf") else 0)
    return Throttle(rate_per_s=rate, burst=int(burst))


def _read_quota(properties: Properties) -> Quota | None:
    if "Limit" not in properties:
        return None
    return Quota(limit=int(properties["Limit"]), period=str(properties.get("Period", "MONTH")))


def _resources(stack: Stack, resolver: Resolver, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for logical_id, resource in stack.resources_of_type(kind):
        yield logical_id, resolver.resolve(resource.properties)
