"""In which order resources are made: moto follows Ref and Fn::GetAtt only as it meets them.

A Deployment of API Gateway refers to no method; only its DependsOn says that they come first.
"""

import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

SUBSTITUTION = re.compile(r"\$\{([^!{}.]+)[^{}]*\}")

Resources = Mapping[str, Mapping[str, Any]]


def in_order(resources: Resources) -> list[str]:
    """Logical ids, each after all that it needs. Raises graphlib.CycleError."""
    graph = {name: needs(resource) & resources.keys() for name, resource in resources.items()}
    return list(TopologicalSorter(graph).static_order())


def needs(resource: Mapping[str, Any]) -> set[str]:
    """The names that a resource refers to or depends on; parameters are among them."""
    depends_on = resource.get("DependsOn", [])
    named = {depends_on} if isinstance(depends_on, str) else set(depends_on)
    return named | set(references(resource.get("Properties", {})))


def references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for part in value:
            yield from references(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from REFERENCES.get(key, references)(part)


def _get_att(argument: Any) -> Iterator[str]:
    yield argument.partition(".")[0] if isinstance(argument, str) else argument[0]


def _ref(argument: Any) -> Iterator[str]:
    yield argument


def _sub(argument: Any) -> Iterator[str]:
    pattern, own = (argument, {}) if isinstance(argument, str) else argument
    yield from set(SUBSTITUTION.findall(pattern)) - own.keys()
    yield from references(own)


REFERENCES = {"Ref": _ref, "Fn::GetAtt": _get_att, "Fn::Sub": _sub}
