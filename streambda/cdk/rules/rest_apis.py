"""REST APIs: what makes API Gateway cut, hold back or break a stream.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk

from streambda.cdk.quotas import (
    EDGE_IDLE_TIMEOUT_S,
    REGIONAL_IDLE_TIMEOUT_S,
    REST_API_DEFAULT_TIMEOUT_MS,
    REST_API_STREAM_TIMEOUT,
)
from streambda.cdk.rules.finding import Finding
from streambda.cdk.rules.resource_index import CheckedFunction, ResourceIndex, resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method whose integration streams, or should."""

    method: Any  # CfnMethod
    integration: dict[str, Any]
    function: CheckedFunction | None
    api: str  # logical id of its RestApi, as text

    @property
    def streams(self) -> bool:
        return self.integration.get("responseTransferMode") == "STREAM"

    @property
    def name(self) -> str:
        return f"method {self.method.node.path}"

    @property
    def timeout_ms(self) -> int | None:
        value = self.integration.get("timeoutInMillis")
        return int(value) if isinstance(value, int | float) else None


def check_rest_apis(index: ResourceIndex) -> Iterator[Finding]:
    routes = _find_routes(index)
    for rule in ROUTE_RULES:
        yield from rule(index, routes)


def _find_routes(index: ResourceIndex) -> list[Route]:
    routes = [_read_route(index, method) for method in index.resources("aws_apigateway.CfnMethod")]
    return [route for route in routes if route.streams or route.function is not None]


def _read_route(index: ResourceIndex, method: Any) -> Route:
    integration = resolve(method, method.integration) or {}
    return Route(
        method=method,
        integration=integration,
        function=index.find_function(method, method.integration) if "uri" in integration else None,
        api=str(resolve(method, method.rest_api_id)),
    )


def check_transfer_mode(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    for route in routes:
        if not route.streams:
            yield Finding(
                construct=route.method,
                rule="buffered-integration",
                message=f"{route.name} buffers: API Gateway would answer with the stream's status "
                "and headers and without a body; use StreamingIntegration or StreamingRestApi",
            )


def check_timeouts(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    for route in routes:
        if route.streams and (message := _describe_bad_timeout(route)):
            yield Finding(
                construct=route.method,
                rule="integration-timeout",
                message=f"{route.name} {message}",
            )


def _describe_bad_timeout(route: Route) -> str | None:
    limit, maximum = route.timeout_ms, REST_API_STREAM_TIMEOUT.maximum
    if limit is not None and limit > maximum:
        return f"has a timeout of {limit} ms, expected at most {maximum} ms (15 minutes)"
    if route.function is None or route.function.timeout.is_unresolved():
        return None
    needed = int(route.function.timeout.to_milliseconds())
    if "timeoutInMillis" not in route.integration:
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
                construct=route.method,
                rule="mapping-template",
                message=f"{route.name} has {key}, expected none: API Gateway does not map a stream",
            )


def _find_template(integration: dict[str, Any]) -> str | None:
    if integration.get("requestTemplates"):
        return "requestTemplates"
    responses = integration.get("integrationResponses") or []
    return "responseTemplates" if any(it.get("responseTemplates") for it in responses) else None


def check_content_encoding(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    for api, _ in _find_streaming_apis(index, routes):
        if api.minimum_compression_size is not None:
            yield Finding(
                construct=api,
                rule="content-encoding",
                message=f"REST API {api.node.path} has minimum_compression_size "
                f"{api.minimum_compression_size:g}, expected none: API Gateway does not compress a "
                "stream; compress in the handler",
            )


def check_endpoint_type(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    for api, its_routes in _find_streaming_apis(index, routes):
        if _is_edge_optimised(api) and any(_may_outlast_the_edge(route) for route in its_routes):
            yield Finding(
                construct=api,
                rule="edge-optimised",
                message=f"REST API {api.node.path} is edge-optimised, expected REGIONAL or PRIVATE:"
                f" an edge-optimised one cuts a stream that is silent for {EDGE_IDLE_TIMEOUT_S} "
                f"seconds, the others wait for {REGIONAL_IDLE_TIMEOUT_S // 60} minutes",
            )


def _find_streaming_apis(
    index: ResourceIndex, routes: list[Route]
) -> Iterator[tuple[Any, list[Route]]]:
    """Each REST API that has a route that streams, with these routes."""
    by_api = _group_by_api(routes)
    for api in index.resources("aws_apigateway.CfnRestApi"):
        reference = str({"Ref": cdk.Stack.of(api).get_logical_id(api)})
        if reference in by_api:
            yield api, by_api[reference]


def _group_by_api(routes: list[Route]) -> dict[str, list[Route]]:
    grouped: dict[str, list[Route]] = {}
    for route in routes:
        if route.streams:
            grouped.setdefault(route.api, []).append(route)
    return grouped


def _is_edge_optimised(api: Any) -> bool:
    configuration = resolve(api, api.endpoint_configuration) or {}
    return (configuration.get("types") or ["EDGE"]) == ["EDGE"]


def _may_outlast_the_edge(route: Route) -> bool:
    """A stream that ends within 30 s is never silent for so long."""
    return route.timeout_ms is None or route.timeout_ms > EDGE_IDLE_TIMEOUT_S * 1000


def check_caches(index: ResourceIndex, routes: list[Route]) -> Iterator[Finding]:
    by_api = _group_by_api(routes)
    for stage in index.resources("aws_apigateway.CfnStage"):
        api = str(resolve(stage, stage.rest_api_id))
        if api in by_api and _has_cache(stage):
            yield Finding(
                construct=stage,
                rule="cache",
                message=f"stage {stage.node.path} caches, expected no cache cluster and no "
                "caching_enabled: API Gateway does not cache a stream",
            )


def _has_cache(stage: Any) -> bool:
    settings = resolve(stage, stage.method_settings) or []
    return bool(stage.cache_cluster_enabled) or any(it.get("cachingEnabled") for it in settings)


ROUTE_RULES: tuple[Callable[[ResourceIndex, list[Route]], Iterable[Finding]], ...] = (
    check_transfer_mode,
    check_timeouts,
    check_mapping_templates,
    check_content_encoding,
    check_endpoint_type,
    check_caches,
)
