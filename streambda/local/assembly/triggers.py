"""Reads what belongs to a function and does nothing here: permissions, event sources, retries.

Tools ask for these, and get what the template says.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from streambda.local.assembly.intrinsics import ResolvedStacks
from streambda.local.assembly.invoke_permissions import PERMISSION
from streambda.local.model.constants import VERSION
from streambda.local.model.errors import NOT_AS_EXPECTED
from streambda.local.model.function_names import REFERENCE, FunctionNames, make_up_name
from streambda.local.model.triggers import EventInvokeConfig, EventSourceMapping, InvokePermission

EVENT_SOURCE_MAPPING = "AWS::Lambda::EventSourceMapping"
EVENT_INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"

RETRIES = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


def read_permissions(stacks: ResolvedStacks, names: FunctionNames) -> Iterator[InvokePermission]:
    for stack, logical_id, name, properties in _list_of_functions(stacks, names, PERMISSION):
        yield InvokePermission(
            sid=make_up_name(stack, logical_id),
            function_name=name,
            qualifier=_read_qualifier(properties),
            properties=properties,
        )


def read_event_sources(
    stacks: ResolvedStacks, names: FunctionNames
) -> Iterator[EventSourceMapping]:
    for stack, logical_id, name, properties in _list_of_functions(
        stacks, names, EVENT_SOURCE_MAPPING
    ):
        yield EventSourceMapping(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{stack}/{logical_id}")),
            function_name=name,
            qualifier=_read_qualifier(properties),
            properties=properties,
        )


def read_event_invoke_configs(
    stacks: ResolvedStacks, names: FunctionNames
) -> Iterator[EventInvokeConfig]:
    for _, _, name, properties in _list_of_functions(stacks, names, EVENT_INVOKE_CONFIG):
        yield EventInvokeConfig(
            function_name=name,
            qualifier=str(properties.get("Qualifier") or VERSION),
            properties={one: properties[one] for one in RETRIES if one in properties},
        )


def _list_of_functions(
    stacks: ResolvedStacks, names: FunctionNames, kind: str
) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Stack, logical id, the function's name and properties of each that is for a function here.

    One that cannot be understood is left out: nothing that runs depends on it.
    """
    for stack, resolver in stacks:
        for logical_id, resource in stack.resources_of_type(kind):
            try:
                properties = resolver.resolve(resource.properties)
                name = names.local_name(str(properties.get("FunctionName", "")))
            except NOT_AS_EXPECTED:
                continue
            if name:
                yield stack.name, logical_id, name, properties


def _read_qualifier(properties: Mapping[str, Any]) -> str | None:
    found = REFERENCE.fullmatch(str(properties["FunctionName"]))
    named = found["qualifier"] if found else None
    return None if named == VERSION else named
