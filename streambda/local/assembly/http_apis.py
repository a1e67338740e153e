"""Reads HTTP APIs from a stack's template: stages, routes, integrations, authorizers."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from streambda.local.assembly.functions import read_cors
from streambda.local.assembly.http_api_documents import (
    list_document_authorizers,
    list_document_routes,
    read_cors_document,
)
from streambda.local.assembly.http_integrations import URL, read_http_route
from streambda.local.assembly.integrations import ARN_PARTS, FUNCTION_IN_URI, explain_missing
from streambda.local.assembly.intrinsics import Resolver
from streambda.local.assembly.manifest import Stack as TemplateStack
from streambda.local.assembly.manifest import is_true
from streambda.local.model.errors import AssemblyError
from streambda.local.model.function_names import FunctionNames
from streambda.local.model.http_apis import (
    DEFAULT,
    PAYLOAD_1_0,
    HttpApi,
    HttpAuthorizer,
    HttpRoute,
    RouteAuth,
    RouteAuthKind,
)
from streambda.local.model.http_integrations import HttpIntegration
from streambda.local.model.rest_apis import LambdaIntegration, Stage, UnservedIntegration

HTTP_API = "AWS::ApiGatewayV2::Api"

# "HTTP APIs: integration timeout, 30 seconds", quotas of API Gateway.
TIMEOUT_S = 30.0
LEAST_TIMEOUT_S = 0.05

PAYLOADS = (PAYLOAD_1_0, "2.0")
ROUTE_KEY = re.compile(r"\$default|\S+ /.*")

Properties = Mapping[str, Any]


def is_web_socket(properties: Properties) -> bool:
    return str(properties.get("ProtocolType", "")).upper() == "WEBSOCKET"


def read_http_apis(stack: TemplateStack, resolver: Resolver) -> Iterator[HttpApi]:
    """The functions of routes are as their URIs say, before `link_http_api`."""
    for logical_id, resource in stack.resources_of_type(HTTP_API):
        properties = resolver.resolve(resource.properties)
        if not is_web_socket(properties):
            yield _Reader(stack, resolver, logical_id, properties).read()


def check_part(kind: str, stack: TemplateStack, resolver: Resolver) -> None:
    """Reads the routes, integrations or authorizers of HTTP APIs. Raises `NOT_AS_EXPECTED`."""
    apis = {
        name
        for name, one in stack.resources_of_type(HTTP_API)
        if not is_web_socket(resolver.resolve(one.properties))
    }
    for logical_id, resource in stack.resources_of_type(kind):
        properties = resolver.resolve(resource.properties)
        if str(properties.get("ApiId")) in apis:
            PARTS[kind](logical_id, properties)


def is_served(api: HttpApi) -> bool:
    """Whether there is anything that a request could reach."""
    return bool(api.stages) and any(
        not isinstance(route.integration, UnservedIntegration) for route in api.routes
    )


class _Reader:
    """Of one API. Args: `properties` are resolved."""

    def __init__(
        self, stack: TemplateStack, resolver: Resolver, api: str, properties: Properties
    ) -> None:
        self._stack = stack
        self._resolver = resolver
        self._api = api
        self._properties = properties
        body = properties.get("Body")
        self._body: Properties = body if isinstance(body, dict) else {}
        self._authorizers = {
            name: _read_authorizer(name, one)
            for name, one in [*self._list("Authorizer"), *list_document_authorizers(self._body)]
        }

    def read(self) -> HttpApi:
        title = (self._body.get("info") or {}).get("title")
        cors = self._properties.get("CorsConfiguration") or read_cors_document(self._body)
        return HttpApi(
            name=str(self._properties.get("Name") or title or self._resolver.short_name(self._api)),
            logical_id=self._api,
            stages=tuple(self._read_stages()),
            routes=tuple(self._read_routes()),
            cors=read_cors(cors),
            stack=self._stack.name,
            place=self._resolver.place,
        )

    def _list(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for logical_id, resource in self._stack.resources_of_type(f"AWS::ApiGatewayV2::{kind}"):
            properties = self._resolver.resolve(resource.properties)
            if properties.get("ApiId") == self._api:
                yield logical_id, properties

    def _read_stages(self) -> Iterator[Stage]:
        # A quick create makes its stage itself.
        default = [("", {"StageName": DEFAULT})] if "Target" in self._properties else []
        for _, properties in [*self._list("Stage"), *default]:
            variables = properties.get("StageVariables") or {}
            yield Stage(
                name=str(properties.get("StageName", DEFAULT)),
                variables={str(key): str(value) for key, value in variables.items()},
            )

    def _read_routes(self) -> Iterator[HttpRoute]:
        integrations = dict(self._list("Integration"))
        for _, properties in self._list("Route"):
            target = properties.get("Target", "nothing")
            found = integrations.get(str(target).removeprefix("integrations/"))
            route = self._read_route(properties, found or {})
            if found is None:
                reason = f"its Target is {target}, expected an integration of this API"
                unserved = UnservedIntegration(reason=reason, kind="AWS_PROXY")
                route = replace(route, integration=unserved)
            yield route
        for properties, integration in list_document_routes(self._body):
            yield self._read_route(properties, integration)
        if called := self._properties.get("Target"):
            quick = {"IntegrationUri": called, "PayloadFormatVersion": "2.0"}
            if URL.match(str(called)):
                quick["IntegrationType"] = "HTTP_PROXY"
            key = self._properties.get("RouteKey", DEFAULT)
            yield self._read_route({"RouteKey": key}, quick)

    def _read_route(self, properties: Properties, integration: Properties) -> HttpRoute:
        return HttpRoute(
            key=_read_key(properties),
            integration=_read_integration(integration),
            payload=_read_payload(integration),
            auth=self._read_auth(properties),
        )

    def _read_auth(self, properties: Properties) -> RouteAuth:
        return RouteAuth(
            kind=_read_auth_kind(properties),
            authorizer=self._authorizers.get(str(properties.get("AuthorizerId"))),
            scopes=frozenset(_list_texts(properties.get("AuthorizationScopes"))),
        )


def _read_integration(
    properties: Properties,
) -> LambdaIntegration | HttpIntegration | UnservedIntegration:
    kind = str(properties.get("IntegrationType", "AWS_PROXY")).upper()
    if kind == "HTTP_PROXY":
        return read_http_route(properties, _read_timeout(properties))
    uri = str(properties.get("IntegrationUri", ""))
    function = _find_function(uri)
    if kind != "AWS_PROXY" or function is None or properties.get("IntegrationSubtype"):
        called = properties.get("IntegrationSubtype") or uri or "nothing"
        reason = f"its integration ({kind}) calls {called}, which is not called from here"
        return UnservedIntegration(reason=reason, kind=kind)
    return LambdaIntegration(
        function_name=function,
        streaming=False,
        invokes_stream=False,
        timeout_s=_read_timeout(properties),
    )


def _read_key(properties: Properties) -> str:
    """Raises `AssemblyError`."""
    key = properties.get("RouteKey")
    if not isinstance(key, str) or not ROUTE_KEY.fullmatch(key):
        expected = "a method and a path such as GET /words, or $default"
        raise AssemblyError(f"RouteKey is {key!r}, expected {expected}")
    return key


def _read_auth_kind(properties: Properties) -> RouteAuthKind:
    """Raises `AssemblyError`."""
    kind = str(properties.get("AuthorizationType") or RouteAuthKind.NONE)
    if kind not in tuple(RouteAuthKind):
        expected = ", ".join(RouteAuthKind)
        raise AssemblyError(f"AuthorizationType is {kind!r}, expected {expected}")
    return RouteAuthKind(kind)


def _read_payload(properties: Properties) -> str:
    """Raises `AssemblyError`."""
    payload = str(properties.get("PayloadFormatVersion", PAYLOAD_1_0))
    if payload not in PAYLOADS:
        expected = " or ".join(PAYLOADS)
        raise AssemblyError(f"PayloadFormatVersion is {payload!r}, expected {expected}")
    return payload


def _read_timeout(properties: Properties) -> float:
    """In seconds. Raises `AssemblyError`."""
    milliseconds = properties.get("TimeoutInMillis", TIMEOUT_S * 1000)
    try:
        seconds = float(milliseconds) / 1000
    except (TypeError, ValueError):
        seconds = 0.0
    if not LEAST_TIMEOUT_S <= seconds <= TIMEOUT_S:
        raise AssemblyError(f"TimeoutInMillis is {milliseconds!r}, expected 50 to 30000")
    return seconds


def _list_texts(value: Any) -> list[str]:
    """CloudFormation takes one text for a list of one."""
    return [value] if isinstance(value, str) else [str(one) for one in value or ()]


def _find_function(uri: str) -> str | None:
    """The ARN in a URI of API Gateway, or the URI itself if it is one."""
    if found := FUNCTION_IN_URI.search(uri):
        return found["reference"]
    return uri if ":lambda:" in uri and ":function:" in uri else None


def _read_authorizer(logical_id: str, properties: Properties) -> HttpAuthorizer:
    found = FUNCTION_IN_URI.search(str(properties.get("AuthorizerUri", "")))
    sources = properties.get("IdentitySource") or ()
    jwt: Properties = properties.get("JwtConfiguration") or {}
    issuer = str(jwt.get("Issuer", ""))
    return HttpAuthorizer(
        id=logical_id,
        identity_sources=tuple(sources.split(",") if isinstance(sources, str) else sources),
        # What only a deployment has is not compared.
        issuer="" if "<" in issuer else issuer,
        audience=frozenset(
            one for one in _list_texts(jwt.get("Audience")) if not one.startswith("<")
        ),
        function_name=found["reference"] if found else None,
        payload=str(properties.get("AuthorizerPayloadFormatVersion", PAYLOAD_1_0)),
        simple=is_true(properties.get("EnableSimpleResponses")),
        ttl_s=int(properties.get("AuthorizerResultTtlInSeconds", 0)),
    )


def link_http_api(api: HttpApi, names: FunctionNames) -> HttpApi:
    """Its integrations name functions of this assembly, or else say why there is none."""
    return replace(api, routes=tuple(_link_route(route, names) for route in api.routes))


def _link_route(route: HttpRoute, names: FunctionNames) -> HttpRoute:
    integration = route.integration
    if not isinstance(integration, LambdaIntegration):
        return route
    parts = integration.function_name.split(":")
    arn = ":".join(parts[:ARN_PARTS])
    if (name := names.local_name(arn)) is None:
        unserved = UnservedIntegration(reason=explain_missing(arn), kind="AWS_PROXY")
        return replace(route, integration=unserved)
    qualifier = ":".join(parts[ARN_PARTS:]) or None
    return replace(route, integration=replace(integration, function_name=name, qualifier=qualifier))


def _check_route(_: str, properties: Properties) -> None:
    _read_key(properties)
    _read_auth_kind(properties)


def _check_integration(_: str, properties: Properties) -> None:
    _read_integration(properties)
    _read_payload(properties)


# By type of a resource of an HTTP API; one that is wrong does not take the others with it.
PARTS: Mapping[str, Callable[[str, Properties], object]] = {
    "AWS::ApiGatewayV2::Authorizer": _read_authorizer,
    "AWS::ApiGatewayV2::Integration": _check_integration,
    "AWS::ApiGatewayV2::Route": _check_route,
}
