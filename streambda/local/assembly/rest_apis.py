"""Reads REST APIs from a stack's template: stages, paths, methods, integrations."""

from collections.abc import Iterator
from typing import Any

from streambda.local.assembly.integrations import read_integration
from streambda.local.assembly.intrinsics import Resolver
from streambda.local.assembly.manifest import Stack as TemplateStack
from streambda.local.assembly.rest_api_access import (
    read_access,
    read_authorizers,
    read_method_auth,
    read_method_throttles,
)
from streambda.local.model.errors import AssemblyError
from streambda.local.model.rest_apis import RestApi, Route, Stage

REST_API = "AWS::ApiGateway::RestApi"


def read_rest_apis(stack: TemplateStack, resolver: Resolver) -> Iterator[RestApi]:
    for logical_id, resource in stack.resources_of_type(REST_API):
        yield RestApi(
            name=resolver.text(resource.properties.get("Name")) or resolver.short_name(logical_id),
            logical_id=logical_id,
            stages=tuple(_read_stages(stack, resolver, logical_id)),
            routes=tuple(_read_routes(stack, resolver, logical_id)),
            edge=_is_edge(resolver.resolve(resource.properties)),
            access=read_access(stack, resolver, logical_id, resource.properties),
            stack=stack.name,
            place=resolver.place,
            binary_media_types=_read_media_types(resolver.resolve(resource.properties)),
        )


def _resources(
    stack: TemplateStack, resolver: Resolver, api: str, name: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    for logical_id, resource in stack.resources_of_type(name):
        if resolver.resolve(resource.properties.get("RestApiId")) == api:
            yield logical_id, resource.properties


def _read_stages(stack: TemplateStack, resolver: Resolver, api: str) -> Iterator[Stage]:
    stages = list(_list_stages(stack, resolver, api))
    # SAM's deployments name a stage "Stage", beside those that are meant.
    yield from stages or _list_stages_of_deployments(stack, resolver, api)


def _list_stages_of_deployments(
    stack: TemplateStack, resolver: Resolver, api: str
) -> Iterator[Stage]:
    """A deployment may make its stage itself, as those of the Serverless Framework do."""
    for logical_id, properties in _resources(stack, resolver, api, "AWS::ApiGateway::Deployment"):
        if name := resolver.text(properties.get("StageName")):
            yield Stage(name=name, variables={}, deployment_id=logical_id)


def _list_stages(stack: TemplateStack, resolver: Resolver, api: str) -> Iterator[Stage]:
    for logical_id, properties in _resources(stack, resolver, api, "AWS::ApiGateway::Stage"):
        variables = properties.get("Variables", {})
        yield Stage(
            name=resolver.text(properties.get("StageName", logical_id)),
            variables={key: resolver.text(value) for key, value in variables.items()},
            deployment_id=resolver.text(properties.get("DeploymentId")),
            throttles=tuple(read_method_throttles(resolver.resolve(properties))),
        )


def _read_routes(stack: TemplateStack, resolver: Resolver, api: str) -> Iterator[Route]:
    parents = {
        logical_id: (
            resolver.resolve(properties["ParentId"]),
            resolver.text(properties["PathPart"]),
        )
        for logical_id, properties in _resources(stack, resolver, api, "AWS::ApiGateway::Resource")
    }
    known_authorizers = read_authorizers(stack, resolver, api)
    for _, properties in _resources(stack, resolver, api, "AWS::ApiGateway::Method"):
        resource_id = resolver.text(properties["ResourceId"])
        yield Route(
            method=properties["HttpMethod"],
            path=_join_path(resource_id, parents),
            resource_id=resource_id,
            integration=read_integration(properties.get("Integration", {}), resolver),
            auth=read_method_auth(properties, known_authorizers, resolver),
        )


def _join_path(resource_id: str, parents: dict[str, tuple[str, str]]) -> str:
    parts: list[str] = []
    seen: set[str] = set()
    while resource_id in parents:
        if resource_id in seen:
            name = f"the API's resource {resource_id}"
            raise AssemblyError(f"{name} is its own parent, expected no circular ParentId")
        seen.add(resource_id)
        resource_id, part = parents[resource_id]
        parts.insert(0, part)
    return "/" + "/".join(parts)


def _read_media_types(properties: dict[str, Any]) -> tuple[str, ...]:
    """CloudFormation takes "image~1png" as well as "image/png"."""
    types = properties.get("BinaryMediaTypes") or []
    return tuple(str(one).replace("~1", "/").strip().lower() for one in types)


def _is_edge(properties: dict[str, Any]) -> bool:
    """An API without an EndpointConfiguration is edge-optimised."""
    types = properties.get("EndpointConfiguration", {}).get("Types", ["EDGE"])
    return "EDGE" in types
