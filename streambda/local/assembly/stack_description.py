"""What CloudFormation would tell of the stacks: outputs, parameters and resources."""

from collections.abc import Iterator, Mapping
from typing import Any

from streambda.local.assembly.http_apis import HTTP_API
from streambda.local.assembly.intrinsics import ResolvedStacks, Resolver
from streambda.local.assembly.manifest import Stack
from streambda.local.assembly.rest_apis import REST_API
from streambda.local.model.assembly import DescribedStack, StackResource
from streambda.local.model.errors import NOT_AS_EXPECTED

STACK_ID = {"Ref": "AWS::StackId"}


def describe_stacks(stacks: ResolvedStacks) -> Iterator[DescribedStack]:
    """A value that is not known is left out: nothing that runs depends on it."""
    # Nested ones are looked up by name, which is theirs alone. Others may have one in two regions.
    ids = {stack.name: resolver.text(STACK_ID) for stack, resolver in stacks}
    parents = {inner.name: stack.name for stack, _ in stacks for inner in stack.nested.values()}
    for stack, resolver in stacks:
        outputs = stack.template.outputs
        texts = dict(_list_texts(resolver, {name: one.value for name, one in outputs.items()}))
        exports = {name: one.export.name for name, one in outputs.items() if one.export}
        nested = {name: ids[one.name] for name, one in stack.nested.items() if one.name in ids}
        yield DescribedStack(
            name=stack.name,
            id=resolver.text(STACK_ID),
            description=str(stack.template.description or ""),
            parent_id=ids.get(parents.get(stack.name, "")),
            outputs=texts,
            output_descriptions={
                name: str(one.description) for name, one in outputs.items() if one.description
            },
            exports=dict(_list_texts(resolver, exports)),
            parameters=dict(_list_parameters(stack, resolver)),
            resources=dict(_list_resources(stack, resolver, nested)),
        )


def _list_texts(resolver: Resolver, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        try:
            yield name, resolver.text(value)
        except NOT_AS_EXPECTED:
            continue


def _list_parameters(stack: Stack, resolver: Resolver) -> Iterator[tuple[str, str]]:
    names = stack.template.parameters
    for name, text in _list_texts(resolver, {name: {"Ref": name} for name in names}):
        yield name, "****" if names[name].is_secret else text


def _list_resources(
    stack: Stack, resolver: Resolver, nested: Mapping[str, str]
) -> Iterator[tuple[str, StackResource]]:
    """Args: `nested` are the ids of nested stacks: what Ref gives for them."""
    # Those that stand for a part of an OpenAPI document are not in the template.
    own = [name for name in stack.template.resources if name.isalnum()]
    for name, text in _list_texts(resolver, {name: {"Ref": name} for name in own}):
        kind = stack.template.resources[name].type
        # As API Gateway has it: a part of host names.
        physical_id = text.lower() if kind in {REST_API, HTTP_API} else nested.get(name, text)
        yield name, StackResource(type=kind, physical_id=physical_id)
