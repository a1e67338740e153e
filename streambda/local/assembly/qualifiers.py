"""Aliases and versions of an app's functions, by which callers may ask for them. No I/O.

There is one code here, whatever it is called: a qualifier says that it exists, and no more.
"""

from collections.abc import Iterator, Mapping, Sequence

from streambda.local.assembly.intrinsics import Resolver
from streambda.local.assembly.manifest import Stack
from streambda.local.assembly.rest_apis import of_type
from streambda.local.model.function_names import function_arn

Resolved = Sequence[tuple[Stack, Resolver]]


def qualifiers(resolved: Resolved) -> Mapping[str, frozenset[str]]:
    """By the ARN of the function."""
    found: dict[str, set[str]] = {}
    for arn, name in _aliases(resolved):
        found.setdefault(arn, set()).add(name)
    for arn in _versions(resolved):
        # Numbers are given at deployment, from 1 on.
        names = found.setdefault(arn, set())
        names.add(str(1 + sum(name.isdecimal() for name in names)))
    return {arn: frozenset(names) for arn, names in found.items()}


def _aliases(resolved: Resolved) -> Iterator[tuple[str, str]]:
    for stack, resolver in resolved:
        for _, resource in of_type(stack, "AWS::Lambda::Alias"):
            properties = resource.properties
            yield (
                _arn(resolver.text(properties.get("FunctionName"))),
                resolver.text(properties.get("Name")),
            )


def _versions(resolved: Resolved) -> Iterator[str]:
    for stack, resolver in resolved:
        for _, resource in of_type(stack, "AWS::Lambda::Version"):
            yield _arn(resolver.text(resource.properties.get("FunctionName")))


def _arn(reference: str) -> str:
    return reference if reference.startswith("arn:") else function_arn(reference)
