"""A synthesised CDK assembly as the functions, URLs and APIs that the local cloud runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from streambda.local.assembly.intrinsics import Resolver
from streambda.local.assembly.manifest import ADVICE, Stack, read_stacks
from streambda.local.assembly.qualifiers import Resolved, qualifiers
from streambda.local.assembly.rest_access import cors
from streambda.local.assembly.rest_apis import of_type, rest_apis
from streambda.local.assembly.unsupported import find_unsupported
from streambda.local.model.assembly import Assembly
from streambda.local.model.errors import AssemblyError
from streambda.local.model.function_names import FunctionNames, function_arn
from streambda.local.model.functions import FunctionUrl, LocalFunction
from streambda.local.model.lambda_errors import AwsError
from streambda.local.model.rest_apis import LambdaIntegration, RestApi, Route

# What Lambda takes where a template says nothing.
DEFAULT_TIMEOUT_S = 3
DEFAULT_MEMORY_MB = 128


def read_assembly(folder: Path) -> Assembly:
    """Raises `AssemblyError`, with one line that says what to do."""
    stacks = read_stacks(folder)
    try:
        return _assembly(_resolved(stacks))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # A template is free-form: what is wrong with one shows where it is used.
        what = f"{type(error).__name__}: {error}"
        raise AssemblyError(
            f"a template in {folder} is not as expected: {what}; {ADVICE}"
        ) from error


def _assembly(resolved: Resolved) -> Assembly:
    layers = _layers(resolved)
    known = qualifiers(resolved)
    functions = tuple(
        _function(stack, resolver, layers, known, logical_id, resource.properties)
        for stack, resolver in resolved
        for logical_id, resource in of_type(stack, "AWS::Lambda::Function")
    )
    names = FunctionNames(functions)
    apis = tuple(
        _linked(api, names) for stack, resolver in resolved for api in rest_apis(stack, resolver)
    )
    urls = tuple(_function_urls(resolved, names))
    return Assembly(
        functions=functions,
        function_urls=urls,
        rest_apis=apis,
        unsupported=tuple(find_unsupported(resolved, functions, urls, apis)),
    )


def _resolved(stacks: Sequence[Stack]) -> Resolved:
    exports: dict[str, Any] = {}
    resolved = [(stack, Resolver(stack, exports)) for stack in stacks]
    # Stacks come in the order of their dependencies, so that an export is there before its import.
    for stack, resolver in resolved:
        for output in stack.template.outputs.values():
            if output.export:
                exports[resolver.text(output.export.name)] = resolver.resolve(output.value)
    return resolved


def _layers(resolved: Resolved) -> dict[str, Path]:
    """Where each layer's asset lies, by the layer's ARN."""
    found: dict[str, Path] = {}
    for stack, resolver in resolved:
        for logical_id, resource in of_type(stack, "AWS::Lambda::LayerVersion"):
            path = _asset(stack, resolver, resource.properties.get("Content", {}))
            if path:
                found[resolver.text({"Ref": logical_id})] = path
    return found


def _asset(stack: Stack, resolver: Resolver, content: Mapping[str, Any]) -> Path | None:
    return stack.assets.get(resolver.text(content.get("S3Key")))


def _function(
    stack: Stack,
    resolver: Resolver,
    layers: Mapping[str, Path],
    known: Mapping[str, frozenset[str]],
    logical_id: str,
    properties: Mapping[str, Any],
) -> LocalFunction:
    name = resolver.function_name(logical_id)
    variables = properties.get("Environment", {}).get("Variables", {})
    wanted = resolver.resolve(properties.get("Layers", []))
    code = properties.get("Code", {})
    return LocalFunction(
        name=name,
        short_name=resolver.short_name(logical_id),
        logical_id=logical_id,
        arn=function_arn(name),
        handler=resolver.text(properties.get("Handler")),
        runtime=resolver.text(properties.get("Runtime")),
        architecture=resolver.resolve(properties.get("Architectures", ["x86_64"]))[0],
        environment={key: resolver.text(value) for key, value in variables.items()},
        timeout_s=float(resolver.resolve(properties.get("Timeout", DEFAULT_TIMEOUT_S))),
        memory_mb=int(resolver.resolve(properties.get("MemorySize", DEFAULT_MEMORY_MB))),
        code=_asset(stack, resolver, code),
        inline=resolver.text(code.get("ZipFile")) or None,
        layers=tuple(layers[arn] for arn in wanted if arn in layers),
        reserved_concurrency=_reserved(
            resolver.resolve(properties.get("ReservedConcurrentExecutions"))
        ),
        log_format=resolver.text(properties.get("LoggingConfig", {}).get("LogFormat", "Text")),
        qualifiers=known.get(function_arn(name), frozenset()),
        snap_start=properties.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions",
    )


def _reserved(value: Any) -> int | None:
    return None if value is None else int(value)


def _function_urls(resolved: Resolved, names: FunctionNames) -> Iterator[FunctionUrl]:
    for stack, resolver in resolved:
        for logical_id, resource in of_type(stack, "AWS::Lambda::Url"):
            target = _known(resolver.text(resource.properties.get("TargetFunctionArn")), names)
            if target:
                mode = resource.properties.get("InvokeMode")
                yield FunctionUrl(
                    logical_id=logical_id,
                    function_name=target,
                    streaming=mode == "RESPONSE_STREAM",
                    iam=resource.properties.get("AuthType") == "AWS_IAM",
                    cors=cors(resolver.resolve(resource.properties.get("Cors"))),
                    stack=stack.name,
                )


def _linked(api: RestApi, names: FunctionNames) -> RestApi:
    return replace(api, routes=tuple(_linked_route(route, names) for route in api.routes))


def _linked_route(route: Route, names: FunctionNames) -> Route:
    integration = route.integration
    if not isinstance(integration, LambdaIntegration):
        return route
    name = _known(integration.function_name, names)
    linked = replace(integration, function_name=name) if name else None
    return replace(route, integration=linked)


def _known(reference: str, names: FunctionNames) -> str | None:
    """The local name of a function in this assembly, whatever version or alias is meant."""
    unqualified = ":".join(reference.split(":")[:7])
    try:
        return names.find(unqualified).name
    except AwsError:
        return None
