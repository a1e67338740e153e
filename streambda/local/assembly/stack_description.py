"""What CloudFormation would tell of the stacks: outputs, parameters and resources."""

from collections.abc import Iterator, Mapping
from typing import Any

from streambda.local.assembly.intrinsics import ResolvedStacks, Resolver, placeholder
from streambda.local.assembly.manifest import Stack
from streambda.local.model.assembly import DescribedStack, StackResource, url_placeholder
from streambda.local.model.errors import NOT_AS_EXPECTED


def describe_stacks(stacks: ResolvedStacks) -> Iterator[DescribedStack]:
    """A value that cannot be told is left out: nothing that runs depends on it."""
    urls = [name for stack, _ in stacks for name, _ in stack.resources_of_type("AWS::Lambda::Url")]
    placeholders = {placeholder(f"{name}.FunctionUrl"): url_placeholder(name) for name in urls}
    for stack, resolver in stacks:
        outputs = {name: one.value for name, one in stack.template.outputs.items()}
        texts = dict(_list_texts(resolver, outputs))
        for shown, other in placeholders.items():
            texts = {name: text.replace(shown, other) for name, text in texts.items()}
        yield DescribedStack(
            name=stack.name,
            id=resolver.text({"Ref": "AWS::StackId"}),
            outputs=texts,
            parameters=dict(_list_parameters(stack, resolver)),
            resources=dict(_list_resources(stack, resolver)),
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


def _list_resources(stack: Stack, resolver: Resolver) -> Iterator[tuple[str, StackResource]]:
    # Those that stand for a part of an OpenAPI document are not in the template.
    own = [name for name in stack.template.resources if name.isalnum()]
    for name, text in _list_texts(resolver, {name: {"Ref": name} for name in own}):
        yield name, StackResource(type=stack.template.resources[name].type, physical_id=text)
