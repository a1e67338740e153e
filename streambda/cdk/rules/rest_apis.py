"""REST APIs: what makes API Gateway cut, keep back or spoil a stream.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from streambda.cdk.rules.finding import Finding
from streambda.cdk.rules.resource_index import Tree, resolved

if TYPE_CHECKING:
    from streambda.cdk.function import StreamingFunction

MAX_TIMEOUT_MS = 900_000
EDGE_IDLE_MS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method whose integration streams, or should."""

    method: Any  # CfnMethod
    integration: dict[str, Any]
    function: "StreamingFunction | None"
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


def routes(tree: Tree) -> list[Route]:
    found = [_route(tree, method) for method in tree.resources("aws_apigateway.CfnMethod")]
    return [route for route in found if route.streams or route.function is not None]


def _route(tree: Tree, method: Any) -> Route:
    integration = resolved(method, method.integration) or {}
    return Route(
        method=method,
        integration=integration,
        function=tree.named_in(method, method.integration) if "uri" in integration else None,
        api=str(resolved(method, method.rest_api_id)),
    )


def buffered(tree: Tree, found: list[Route]) -> Iterator[Finding]:
    for route in found:
        if not route.streams:
            yield Finding(
                construct=route.method,
                rule="buffered-integration",
                message=f"{route.name} buffers: API Gateway would answer with the stream's status "
                "and headers and no body; use StreamingIntegration or StreamingRestApi",
            )


def timeouts(tree: Tree, found: list[Route]) -> Iterator[Finding]:
    for route in found:
        if route.streams and (message := _bad_timeout(route)):
            yield Finding(
                construct=route.method,
                rule="integration-timeout",
                message=f"{route.name} {message}",
            )


def _bad_timeout(route: Route) -> str | None:
    limit = route.timeout_ms
    if limit is not None and limit > MAX_TIMEOUT_MS:
        return f"has a timeout of {limit} ms, expected at most {MAX_TIMEOUT_MS} ms (15 minutes)"
    if route.function is None or route.function.timeout.is_unresolved():
        return None
    needed = int(route.function.timeout.to_milliseconds())
    # API Gateway's own default is 29 s.
    given = 29_000 if limit is None and "timeoutInMillis" not in route.integration else limit
    if given is None or given >= needed:
        return None
    return (
        f"cuts the stream after {given} ms though the function may run for {needed} ms, "
        "expected a timeout of the integration no shorter than the function's"
    )


def templates(tree: Tree, found: list[Route]) -> Iterator[Finding]:
    for route in found:
        if route.streams and (key := _template(route.integration)):
            yield Finding(
                construct=route.method,
                rule="mapping-template",
                message=f"{route.name} has {key}, expected none: API Gateway does not map a stream",
            )


def _template(integration: dict[str, Any]) -> str | None:
    if integration.get("requestTemplates"):
        return "requestTemplates"
    responses = integration.get("integrationResponses") or []
    return "responseTemplates" if any(it.get("responseTemplates") for it in responses) else None


def apis(tree: Tree, found: list[Route]) -> Iterator[Finding]:
    """Edge-optimised endpoints and content encoding, of an API that has a stream."""
    streaming = _by_api(found)
    for api in tree.resources("aws_apigateway.CfnRestApi"):
        its_routes = streaming.get(str({"Ref": cdk.Stack.of(api).get_logical_id(api)}), [])
        if its_routes and api.minimum_compression_size is not None:
            yield Finding(
                construct=api,
                rule="content-encoding",
                message=f"REST API {api.node.path} has minimum_compression_size "
                f"{api.minimum_compression_size:g}, expected none: API Gateway does not compress a "
                "stream; compress in the handler",
            )
        if _edge(api) and any(_idles(route) for route in its_routes):
            yield Finding(
                construct=api,
                rule="edge-optimised",
                message=f"REST API {api.node.path} is edge-optimised, expected REGIONAL or PRIVATE:"
                " an edge-optimised one cuts a stream that is silent for 30 seconds, "
                "the others wait for 5 minutes",
            )


def _by_api(found: list[Route]) -> dict[str, list[Route]]:
    grouped: dict[str, list[Route]] = {}
    for route in found:
        if route.streams:
            grouped.setdefault(route.api, []).append(route)
    return grouped


def _edge(api: Any) -> bool:
    configuration = resolved(api, api.endpoint_configuration) or {}
    return (configuration.get("types") or ["EDGE"]) == ["EDGE"]


def _idles(route: Route) -> bool:
    """A stream that ends within 30 s anyway is not cut by the edge."""
    return route.timeout_ms is None or route.timeout_ms > EDGE_IDLE_MS


def caches(tree: Tree, found: list[Route]) -> Iterator[Finding]:
    streaming = _by_api(found)
    for stage in tree.resources("aws_apigateway.CfnStage"):
        api = str(resolved(stage, stage.rest_api_id))
        if api in streaming and _caches(stage):
            yield Finding(
                construct=stage,
                rule="cache",
                message=f"stage {stage.node.path} caches, expected no cache cluster and no "
                "caching_enabled: API Gateway does not cache a stream",
            )


def _caches(stage: Any) -> bool:
    settings = resolved(stage, stage.method_settings) or []
    return bool(stage.cache_cluster_enabled) or any(it.get("cachingEnabled") for it in settings)
