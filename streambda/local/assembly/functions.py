"""Reads functions from templates, with their layers, aliases and versions, and function URLs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from streambda.local.assembly.intrinsics import ResolvedStacks, Resolver
from streambda.local.assembly.manifest import Stack, is_true
from streambda.local.assembly.resolved_stacks import VariableResolvers
from streambda.local.assembly.variables import Variable, VariableResolver
from streambda.local.model.function_names import FunctionNames, function_arn
from streambda.local.model.functions import Cors, FunctionUrl, LocalFunction
from streambda.local.model.layer_names import is_layer
from streambda.local.model.place import Place

FUNCTION = "AWS::Lambda::Function"
URL = "AWS::Lambda::Url"

# What Lambda takes where a template says nothing.
DEFAULT_TIMEOUT_S = 3
DEFAULT_MEMORY_MB = 128

Properties = Mapping[str, Any]

NO_LAYERS: Mapping[str, Path] = MappingProxyType({})


def read_functions(
    stacks: ResolvedStacks,
    variables: VariableResolvers,
    given_layers: Mapping[str, Path] = NO_LAYERS,
) -> Iterator[LocalFunction]:
    """`given_layers` take the place of layers that only AWS has, by any name of theirs."""
    layers = Layers(_read_layers(stacks), given_layers)
    qualifiers = read_qualifiers(stacks)
    for stack, resolver in stacks:
        reader = _FunctionReader(stack, resolver, variables[stack.name], layers, qualifiers)
        for logical_id, resource in stack.resources_of_type(FUNCTION):
            yield reader.read(logical_id, resource.properties)


@dataclass(frozen=True, slots=True)
class Layers:
    """Args: `own` are those of the app by ARN, `given` others by a name of theirs."""

    own: Mapping[str, Path]
    given: Mapping[str, Path]

    def find(self, arn: str) -> Path | None:
        named = (path for name, path in self.given.items() if is_layer(name, arn))
        return next(named, None) or self.own.get(arn)


@dataclass(frozen=True, slots=True)
class _FunctionReader:
    """Reads the functions of one stack."""

    stack: Stack
    resolver: Resolver
    variables: VariableResolver
    layers: Layers
    qualifiers: Mapping[str, frozenset[str]]  # by the function's ARN

    def read(self, logical_id: str, properties: Properties) -> LocalFunction:
        resolver = self.resolver
        name = resolver.function_name(logical_id)
        arn = function_arn(name, resolver.place)
        variables = self._read_variables(properties)
        timeout = self._read_number(name, properties, "Timeout", DEFAULT_TIMEOUT_S)
        memory = self._read_number(name, properties, "MemorySize", DEFAULT_MEMORY_MB)
        gaps = {**variables, "Timeout": timeout, "MemorySize": memory}
        layer_arns = tuple(
            resolver.text(arn) for arn in resolver.resolve(properties.get("Layers", []))
        )
        layers = {layer: self.layers.find(layer) for layer in layer_arns}
        code = properties.get("Code", {})
        reserved = self.variables.read(properties.get("ReservedConcurrentExecutions"))
        return LocalFunction(
            name=name,
            short_name=resolver.short_name(logical_id),
            logical_id=logical_id,
            arn=arn,
            handler=resolver.text(properties.get("Handler")),
            runtime=resolver.text(properties.get("Runtime")),
            architecture=resolver.resolve(properties.get("Architectures", ["x86_64"]))[0],
            environment={key: variable.value for key, variable in variables.items()},
            timeout_s=float(timeout.value),
            memory_mb=int(float(memory.value)),
            code=_find_asset(self.stack, resolver, code),
            inline=resolver.text(code.get("ZipFile")) or None,
            layers=tuple(path for path in layers.values() if path),
            layer_arns=layer_arns,
            missing_layers=tuple(layer for layer, path in layers.items() if not path),
            reserved_concurrency=None
            if reserved is None or reserved.needs
            else int(reserved.value),
            log_format=resolver.text(properties.get("LoggingConfig", {}).get("LogFormat", "Text")),
            qualifiers=self.qualifiers.get(arn, frozenset()),
            role=resolver.text(properties.get("Role")),
            description=resolver.text(properties.get("Description")),
            tags={one["Key"]: one["Value"] for one in resolver.resolve(properties.get("Tags", []))},
            snap_start=properties.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions",
            unresolved={key: ", ".join(gap.needs) for key, gap in gaps.items() if gap.needs},
        )

    def _read_variables(self, properties: Properties) -> dict[str, Variable]:
        environment = self.variables.choose(properties.get("Environment")) or {}
        values = self.variables.choose(environment.get("Variables")) or {}
        found = {key: self.variables.read(value) for key, value in values.items()}
        return {key: variable for key, variable in found.items() if variable is not None}

    def _read_number(self, name: str, properties: Properties, key: str, default: int) -> Variable:
        """A number that is not known has the value of a function that does not state it."""
        variable = self.variables.read(properties.get(key, default))
        if variable is None:
            return Variable(value=str(default))
        if variable.needs:
            needs = f"{', '.join(variable.needs)}; here {default}"
            return Variable(value=str(default), needs=(needs,))
        if not variable.value.replace(".", "", 1).isdecimal():
            raise ValueError(f"{name}: {key} is {variable.value!r}, expected a number")
        return variable


def _read_layers(stacks: ResolvedStacks) -> dict[str, Path]:
    """Where each layer's asset is, by the layer's ARN."""
    layers: dict[str, Path] = {}
    for stack, resolver in stacks:
        for logical_id, resource in stack.resources_of_type("AWS::Lambda::LayerVersion"):
            path = _find_asset(stack, resolver, resource.properties.get("Content", {}))
            if path:
                layers[resolver.text({"Ref": logical_id})] = path
    return layers


def _find_asset(stack: Stack, resolver: Resolver, content: Properties) -> Path | None:
    return stack.assets.get(resolver.text(content.get("S3Key")))


def read_qualifiers(stacks: ResolvedStacks) -> Mapping[str, frozenset[str]]:
    """Aliases and versions by the ARN of the function: callers may name one of them.

    There is only one code here, whatever it is called: a qualifier only says that it exists.
    """
    found: dict[str, set[str]] = {}
    for arn, name in _read_aliases(stacks):
        found.setdefault(arn, set()).add(name)
    for arn in _read_versions(stacks):
        # Numbers are given at deployment, from 1 on.
        names = found.setdefault(arn, set())
        names.add(str(1 + sum(name.isdecimal() for name in names)))
    return {arn: frozenset(names) for arn, names in found.items()}


def _read_aliases(stacks: ResolvedStacks) -> Iterator[tuple[str, str]]:
    for stack, resolver in stacks:
        for _, resource in stack.resources_of_type("AWS::Lambda::Alias"):
            properties = resource.properties
            yield (
                _complete_arn(resolver.text(properties.get("FunctionName")), resolver.place),
                resolver.text(properties.get("Name")),
            )


def _read_versions(stacks: ResolvedStacks) -> Iterator[str]:
    for stack, resolver in stacks:
        for _, resource in stack.resources_of_type("AWS::Lambda::Version"):
            name = resolver.text(resource.properties.get("FunctionName"))
            yield _complete_arn(name, resolver.place)


def _complete_arn(reference: str, place: Place) -> str:
    return reference if reference.startswith("arn:") else function_arn(reference, place)


def read_function_urls(stacks: ResolvedStacks, names: FunctionNames) -> Iterator[FunctionUrl]:
    for stack, resolver in stacks:
        for logical_id, resource in stack.resources_of_type(URL):
            properties = resource.properties
            name = names.local_name(resolver.text(properties.get("TargetFunctionArn")))
            if name:
                yield FunctionUrl(
                    logical_id=logical_id,
                    function_name=name,
                    streaming=properties.get("InvokeMode") == "RESPONSE_STREAM",
                    iam=properties.get("AuthType") == "AWS_IAM",
                    cors=read_cors(resolver.resolve(properties.get("Cors"))),
                    stack=stack.name,
                    qualifier=_read_qualifier(stack, resolver, properties),
                )


def _read_qualifier(stack: Stack, resolver: Resolver, properties: Properties) -> str | None:
    """The alias that a URL names, or whose ARN is its target."""
    if stated := resolver.text(properties.get("Qualifier")):
        return stated
    target = properties.get("TargetFunctionArn")
    name = target.get("Ref") if isinstance(target, dict) else None
    for logical_id, resource in stack.resources_of_type("AWS::Lambda::Alias"):
        if logical_id == name:
            return resolver.text(resource.properties.get("Name"))
    return None


def read_cors(properties: Properties | None) -> Cors | None:
    if properties is None:
        return None
    max_age = properties.get("MaxAge")
    return Cors(
        allow_credentials=is_true(properties.get("AllowCredentials")),
        allow_headers=tuple(properties.get("AllowHeaders", ())),
        allow_methods=tuple(properties.get("AllowMethods", ())),
        allow_origins=tuple(properties.get("AllowOrigins", ())),
        expose_headers=tuple(properties.get("ExposeHeaders", ())),
        max_age_s=None if max_age is None else int(max_age),
    )
