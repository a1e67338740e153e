"""The order in which resources are created.

moto creates a resource when it comes to a Ref or Fn::GetAtt of it, and ignores DependsOn. But a
Deployment of API Gateway refers to no method: only its DependsOn says that the methods come first.
"""

import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

SUBSTITUTION = re.compile(r"\$\{([^!{}.]+)[^{}]*\}")

Resources = Mapping[str, Mapping[str, Any]]


def order_resources(resources: Resources) -> list[str]:
    """Logical ids, each after those that it depends on. Raises graphlib.CycleError."""
    graph = {
        name: find_dependencies(resource) & resources.keys() for name, resource in resources.items()
    }
    return list(TopologicalSorter(graph).static_order())


def find_dependencies(resource: Mapping[str, Any]) -> set[str]:
    """The names that a resource refers to or depends on, parameters included."""
    depends_on = resource.get("DependsOn", [])
    named = {depends_on} if isinstance(depends_on, str) else set(depends_on)
    return named | set(find_references(resource.get("Properties", {})))


def find_references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for part in value:
            yield from find_references(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from REFERENCES.get(key, find_references)(part)


def _get_att(argument: Any) -> Iterator[str]:
    yield argument.partition(".")[0] if isinstance(argument, str) else argument[0]


def _ref(argument: Any) -> Iterator[str]:
    yield argument


def _sub(argument: Any) -> Iterator[str]:
    pattern, own = (argument, {}) if isinstance(argument, str) else argument
    yield from set(SUBSTITUTION.findall(pattern)) - own.keys()
    yield from find_references(own)


REFERENCES = {"Ref": _ref, "Fn::GetAtt": _get_att, "Fn::Sub": _sub}
