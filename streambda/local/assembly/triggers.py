"""Reads what belongs to a function and does nothing here: permissions, event sources, retries.

Tools ask for these, and get what the template says.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from streambda.local.assembly.intrinsics import ResolvedStacks
from streambda.local.assembly.invoke_permissions import PERMISSION
from streambda.local.model.constants import VERSION
from streambda.local.model.errors import NOT_AS_EXPECTED
from streambda.local.model.function_names import REFERENCE, FunctionNames
from streambda.local.model.triggers import (
    EventInvokeConfig,
    EventSourceMapping,
    FunctionResource,
    InvokePermission,
)

TYPES: Mapping[type[FunctionResource], str] = {
    EventInvokeConfig: "AWS::Lambda::EventInvokeConfig",
    EventSourceMapping: "AWS::Lambda::EventSourceMapping",
    InvokePermission: PERMISSION,
}

Read = TypeVar("Read", bound=FunctionResource)


def read_function_resources(
    kind: type[Read], stacks: ResolvedStacks, names: FunctionNames
) -> Iterator[Read]:
    """Those that are for a function of the assembly.

    One that cannot be understood is left out: nothing that runs depends on it.
    """
    for stack, resolver in stacks:
        for logical_id, resource in stack.resources_of_type(TYPES[kind]):
            try:
                properties = resolver.resolve(resource.properties)
                name = names.local_name(str(properties.get("FunctionName", "")))
            except NOT_AS_EXPECTED:
                continue
            if name:
                yield kind(
                    stack=stack.name,
                    logical_id=logical_id,
                    function_name=name,
                    qualifier=_read_qualifier(properties),
                    properties=properties,
                )


def _read_qualifier(properties: Mapping[str, Any]) -> str | None:
    found = REFERENCE.fullmatch(str(properties["FunctionName"]))
    named = properties.get("Qualifier") or (found["qualifier"] if found else None)
    return None if named == VERSION else named
