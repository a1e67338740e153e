"""Updates a stack from one template to the next: first creates and updates, then deletes.

moto deletes first, ignores DependsOn, tries five times what has failed, and does not update a
resource whose own text is the same when a resource that it refers to has been replaced.
"""

from typing import Any

from moto.cloudformation.parsing import ResourceMap, get_model_map, parse_and_update_resource

from tests.support.offline_aws.cloudformation.resource_order import (
    find_dependencies,
    order_resources,
)
from tests.support.offline_aws.moto_patches import replace_method
from tests.support.offline_aws.resources.skipped_types import SKIPPED

RETAINING_POLICIES = {"Retain", "RetainExceptOnCreate"}

Template = dict[str, Any]


class ResourceFailed(Exception):
    """One resource could not be created, updated or deleted; `name` is its logical id."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.name = name


def install() -> None:
    replace_method(ResourceMap, "update", update_resources)
    replace_method(ResourceMap, "delete", delete_resources)


def update_resources(
    stack: ResourceMap, template: Template, parameters: dict[str, Any] | None = None
) -> None:
    """Raises ResourceFailed at the first resource that fails. Nothing is rolled back."""
    old, before = stack._resource_json_map, dict(stack.resolved_parameters)
    new = stack._resource_json_map = template["Resources"]
    stack._template = template
    stack.input_parameters = parameters or {}
    stack.load_mapping()
    stack.resolved_parameters.clear()
    stack.load_parameters()
    stack.load_conditions()
    now = stack.resolved_parameters
    changed = {name for name in now if now[name] != before.get(name)}
    for name in order_resources(new):
        if new[name] != old.get(name) or find_dependencies(new[name]) & changed:
            changed.add(name)
            _attempt(_create_or_update, stack, name)
    for name in reversed(order_resources(old)):
        if name not in new:
            _attempt(_delete, stack, name, old[name])


def delete_resources(stack: ResourceMap) -> None:
    """Raises ResourceFailed."""
    resources = stack._resource_json_map
    for name in reversed(order_resources(resources)):
        _attempt(_delete, stack, name, resources[name])


def _attempt(step: Any, stack: ResourceMap, name: str, *more: Any) -> None:
    try:
        step(stack, name, *more)
    except Exception as error:
        raise ResourceFailed(name, error) from error


def _create_or_update(stack: ResourceMap, name: str) -> None:
    resource = stack._resource_json_map[name]
    kind = resource["Type"]
    if kind in SKIPPED:
        return
    if kind not in get_model_map():
        raise LookupError(f"the type {kind} is neither supported nor skipped here")
    if name not in stack._parsed_resources:
        stack[name]  # moto creates a resource when it is asked for it
        return
    ids = {"account_id": stack._account_id, "region_name": stack._region_name}
    stack._parsed_resources[name] = parse_and_update_resource(name, resource, stack, **ids)


def _delete(stack: ResourceMap, name: str, resource: dict[str, Any]) -> None:
    existing = stack._parsed_resources.pop(name, None)
    if existing is not None and resource.get("DeletionPolicy") not in RETAINING_POLICIES:
        stack._delete_resource(existing, resource)
