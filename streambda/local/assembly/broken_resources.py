"""What a template of its own describes so that it cannot be read: a gap, and the rest runs.

An assembly comes from a tool, and is refused as a whole. A template is written by hand.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from streambda.local.assembly.functions import FUNCTION, URL, read_cors, read_functions
from streambda.local.assembly.http_apis import HTTP_API, PARTS, check_part, read_http_apis
from streambda.local.assembly.intrinsics import ResolvedStacks, Resolver
from streambda.local.assembly.manifest import Resource, Stack
from streambda.local.assembly.resolved_stacks import VariableResolvers
from streambda.local.assembly.rest_apis import REST_API, read_rest_apis
from streambda.local.model.assembly import UnsupportedResource
from streambda.local.model.errors import NOT_AS_EXPECTED, describe_reason

# Reads all that there is of one type in a stack.
Probe = Callable[[Stack, Resolver, VariableResolvers], Any]

PROBES: Mapping[str, Probe] = {
    FUNCTION: lambda stack, resolver, variables: list(
        read_functions([(stack, resolver)], variables)
    ),
    URL: lambda stack, resolver, _: [
        read_cors(resolver.resolve(one.properties.get("Cors")))
        for _, one in stack.resources_of_type(URL)
    ],
    HTTP_API: lambda stack, resolver, _: list(read_http_apis(stack, resolver)),
    REST_API: lambda stack, resolver, _: list(read_rest_apis(stack, resolver)),
}


def _probe_part(kind: str) -> Probe:
    return lambda stack, resolver, _: check_part(kind, stack, resolver)


PART_PROBES = {kind: _probe_part(kind) for kind in PARTS}


def drop_broken(stacks: ResolvedStacks, variables: VariableResolvers) -> ResolvedStacks:
    """Stacks without the resources that cannot be read, which are among their gaps."""
    return [
        (_drop(stack, resolver, variables) if stack.from_template else stack, resolver)
        for stack, resolver in stacks
    ]


def _drop(stack: Stack, resolver: Resolver, variables: VariableResolvers) -> Stack:
    # Parts first: an API without them may be read.
    for probes in (PART_PROBES, PROBES):
        stack = _drop_broken(stack, resolver, variables, probes)
    return stack


def _drop_broken(
    stack: Stack, resolver: Resolver, variables: VariableResolvers, probes: Mapping[str, Probe]
) -> Stack:
    broken = dict(_find_broken(stack, resolver, variables, probes))
    resources = stack.template.resources
    gaps = [
        UnsupportedResource(type=resources[name].type, name=name, reason=reason, wrong=True)
        for name, reason in broken.items()
    ]
    rest = {name: one for name, one in resources.items() if name not in broken}
    template = stack.template.model_copy(update={"resources": rest})
    return replace(stack, template=template, gaps=(*stack.gaps, *gaps))


def _find_broken(
    stack: Stack, resolver: Resolver, variables: VariableResolvers, probes: Mapping[str, Probe]
) -> Iterator[tuple[str, str]]:
    for name, resource in stack.template.resources.items():
        try:
            resolver.resolve(resource.properties)
            if probe := probes.get(resource.type):
                probe(_narrow(stack, name, resource), resolver, variables)
        except NOT_AS_EXPECTED as error:
            yield name, describe_reason(error)


def _narrow(stack: Stack, name: str, resource: Resource) -> Stack:
    """`stack` with this one of its type only."""
    kept = {
        other: one
        for other, one in stack.template.resources.items()
        if other == name or one.type != resource.type
    }
    return replace(stack, template=stack.template.model_copy(update={"resources": kept}))
