"""REST APIs: what makes API Gateway cut, hold back or break a stream.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from streambda.cdk.quotas import (
    EDGE_IDLE_TIMEOUT_S,
    REGIONAL_IDLE_TIMEOUT_S,
    REST_API_DEFAULT_TIMEOUT_MS,
    REST_API_STREAM_TIMEOUT,
)
from streambda.cdk.rules.finding import Finding
from streambda.cdk.rules.openapi import find_operations, read_document
from streambda.cdk.rules.resource_index import (
    CheckedFunction,
    ResourceIndex,
    as_list,
    as_mapping,
)
from streambda.cdk.rules.templates import Resource, Value

_REST_APIS = ("AWS::ApiGateway::RestApi", "AWS::Serverless::Api")
_STAGES = ("AWS::ApiGateway::Stage", "AWS::ApiGateway::Deployment")
_COMPRESSION = "x-amazon-apigateway-minimum-compression-size"
# Of Lambda's Invoke, in place of InvokeWithResponseStream.
_BUFFERING_URI = re.compile(r"(?<!response-streaming)/invocations\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method whose integration streams, or should."""

    resource: Resource  # its CfnMethod; of an OpenAPI document, the RestApi
    operation: str | None  # "GET /words", of an OpenAPI document
    integration: Mapping[str, Value]  # the names of its keys are CloudFormation's
    function: CheckedFunction | None
    needed_ms: int | None  # the function's timeout; None where it is known only at deployment
    api: tuple[str, str] | None  # the key of its RestApi; None where that is not of this app

    @property
    def name(self) -> str:
        """For messages. It takes long to look it up."""
        if self.operation is None:
            return f"method {self.resource.name}"
        return f"method {self.operation} of REST API {self.resource.name}"

    @property
    def streams(self) -> bool:
        # What is known only at deployment, such as Fn::If, may stream.
        mode: Value = self.integration.get("ResponseTransferMode", "BUFFERED")
        return bool(mode != "BUFFERED")

    @property
    def timeout_ms(self) -> int | None:
        value = self.integration.get("TimeoutInMillis")
        if isinstance(value, str) and value.isdecimal():
            return int(value)
        return int(value) if isinstance(value, int | float) else None


def check_rest_apis(index: ResourceIndex) -> Iterator[Finding]:
    routes = _find_routes(index)
    for rule in ROUTE_RULES:
        yield from rule(index, routes)


def _find_routes(index: ResourceIndex) -> list[Route]:
    routes = [_read_method(index, it) for it in index.resources("AWS::ApiGateway::Method")]
    for api in index.resources(*_REST_APIS):
        for operation, integration in find_operations(read_document(index, api)):
            routes.append(_read_operation(index, api, operation, integration))
    return [route for route in routes if route.streams or route.function is not None]


def _read_method(index: ResourceIndex, method: Resource) -> Route:
    integration = as_mapping(method.properties.get("Integration"))
    function = index.find_function(method.stack, integration.get("Uri"))
    return Route(
        resource=method,
        operation=None,
        integration=integration,
        function=function,
        needed_ms=index.find_timeout_ms(function),
        api=_find_api(index, method),
    )


def _read_operation(
    index: ResourceIndex, api: Resource, operation: str, integration: Mapping[str, Value]
) -> Route:
    """Of an OpenAPI document, which writes `timeoutInMillis` where CloudFormation has a capital."""
    renamed = {f"{key[:1].upper()}{key[1:]}": value for key, value in integration.items()}
    responses = as_mapping(renamed.get("Responses")).values()
    renamed["IntegrationResponses"] = [
        {"ResponseTemplates": as_mapping(it).get("responseTemplates")} for it in responses
    ]
    function = index.find_function(api.stack, renamed.get("Uri"))
    return Route(
        resource=api,
        operation=operation,
        integration=renamed,
        function=function,
        needed_ms=index.find_timeout_ms(function),
        api=api.key,
    )


def _find_api(index: ResourceIndex, resource: Resource) -> tuple[str, str] | None:
    found = index.find_targets(resource.stack, resource.properties.get("RestApiId"))
    return found[0].key if found else None


def check_transfer_mode(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    for route in routes:
        if not route.streams:
            yield Finding(
                construct=route.resource.construct,
                rule="buffered-integration",
                message=f"{route.name} buffers: API Gateway would answer with the stream's status "
                "and headers and without a body; use StreamingIntegration or StreamingRestApi",
            )


def check_uris(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    for route in routes:
        uri = json.dumps(route.integration.get("Uri"), default=str)
        if route.streams and _BUFFERING_URI.search(uri):
            yield Finding(
                construct=route.resource.construct,
                rule="buffering-uri",
                message=f"{route.name} streams by a URI that ends in /invocations, expected "
                "…:lambda:path/2021-11-15/functions/ARN/response-streaming-invocations: API "
                "Gateway refuses the other; use StreamingIntegration or StreamingRestApi",
            )


def check_timeouts(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    for route in routes:
        if route.streams and (message := _describe_bad_timeout(route)):
            yield Finding(
                construct=route.resource.construct,
                rule="integration-timeout",
                message=f"{route.name} {message}",
            )


def _describe_bad_timeout(route: Route) -> str | None:
    limit, maximum = route.timeout_ms, REST_API_STREAM_TIMEOUT.maximum
    if limit is not None and limit > maximum:
        return f"has a timeout of {limit} ms, expected at most {maximum} ms (15 minutes)"
    needed = route.needed_ms
    if needed is None:
        return None
    if "TimeoutInMillis" not in route.integration:
        limit = REST_API_DEFAULT_TIMEOUT_MS
    if limit is None or limit >= needed:  # None: it is known only at deployment
        return None
    return (
        f"cuts the stream after {limit} ms, but the function may run for {needed} ms, "
        "expected a timeout of the integration that is no shorter than the function's"
    )


def check_mapping_templates(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    for route in routes:
        if route.streams and (key := _find_template(route.integration)):
            yield Finding(
                construct=route.resource.construct,
                rule="mapping-template",
                message=f"{route.name} has {key}, expected none: API Gateway does not map a stream",
            )


def _find_template(integration: Mapping[str, Value]) -> str | None:
    if integration.get("RequestTemplates"):
        return "requestTemplates"
    responses = as_list(integration.get("IntegrationResponses"))
    found = any(as_mapping(it).get("ResponseTemplates") for it in responses)
    return "responseTemplates" if found else None


def check_content_encoding(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    for api, _ in _find_streaming_apis(index, routes):
        if (size := _find_compression(index, api)) is not None:
            yield Finding(
                construct=api.construct,
                rule="content-encoding",
                message=f"REST API {api.name} has minimum_compression_size "
                f"{size}, expected none: API Gateway does not compress a "
                "stream; compress in the handler",
            )


def _find_compression(index: ResourceIndex, api: Resource) -> Value:
    size = api.properties.get("MinimumCompressionSize")
    return read_document(index, api).get(_COMPRESSION) if size is None else size


def check_endpoint_type(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    for api, its_routes in _find_streaming_apis(index, routes):
        if _is_edge_optimised(api) and any(_may_outlast_the_edge(route) for route in its_routes):
            yield Finding(
                construct=api.construct,
                rule="edge-optimised",
                message=f"REST API {api.name} is edge-optimised, expected REGIONAL or PRIVATE:"
                f" an edge-optimised one cuts a stream that is silent for {EDGE_IDLE_TIMEOUT_S} "
                f"seconds, the others wait for {REGIONAL_IDLE_TIMEOUT_S // 60} minutes",
            )


def _find_streaming_apis(
    index: ResourceIndex, routes: list[Route]
) -> Iterator[tuple[Resource, list[Route]]]:
    """Each REST API that has a route that streams, with these routes."""
    for api in index.resources(*_REST_APIS):
        if its_routes := [it for it in routes if it.streams and it.api == api.key]:
            yield api, its_routes


def _is_edge_optimised(api: Resource) -> bool:
    configuration = api.properties.get("EndpointConfiguration")
    types = as_mapping(configuration).get("Types")
    # In SAM, a type stands there itself. The import of a document has a parameter for it.
    types = types or as_mapping(configuration).get("Type") or configuration
    types = types or as_mapping(api.properties.get("Parameters")).get("endpointConfigurationTypes")
    return as_list(types or "EDGE") == ["EDGE"]


def _may_outlast_the_edge(route: Route) -> bool:
    """A stream that ends within 30 s is never silent for so long."""
    return route.timeout_ms is None or route.timeout_ms > EDGE_IDLE_TIMEOUT_S * 1000


def check_caches(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    streaming = {route.api for route in routes if route.streams}
    for stage in index.resources(*_STAGES):
        if _has_cache(stage) and _find_api(index, stage) in streaming - {None}:
            yield Finding(
                construct=stage.construct,
                rule="cache",
                message=f"stage {stage.name} caches, expected no cache cluster and no "
                "caching_enabled: API Gateway does not cache a stream",
            )


def _has_cache(stage: Resource) -> bool:
    # A deployment can make its stage along with it.
    for settings in (stage.properties, as_mapping(stage.properties.get("StageDescription"))):
        methods = as_list(settings.get("MethodSettings"))
        names = ("CacheClusterEnabled", "CachingEnabled")
        if any(_is_true(as_mapping(it).get(name)) for it in (settings, *methods) for name in names):
            return True
    return False


def _is_true(value: Value) -> bool:
    return str(value).lower() == "true"


ROUTE_RULES: tuple[Callable[[ResourceIndex, list[Route]], Iterable[Finding]], ...] = (
    check_transfer_mode,
    check_uris,
    check_timeouts,
    check_mapping_templates,
    check_content_encoding,
    check_endpoint_type,
    check_caches,
)
