"""From one template to the next: made and changed in order, then what is left over deleted.

moto deletes first, makes in no order that DependsOn has a say in, tries what failed five times, and
leaves alone a resource whose own text is the same though what it refers to has been replaced.
"""

from typing import Any

from moto.cloudformation.parsing import ResourceMap, get_model_map, parse_and_update_resource

from tests.support.offline_aws.ordering import in_order, needs
from tests.support.offline_aws.patches import replace
from tests.support.offline_aws.skipped import SKIPPED

KEPT = {"Retain", "RetainExceptOnCreate"}

Template = dict[str, Any]


class ResourceFailed(Exception):
    """One resource could not be made, changed or deleted; `name` is its logical id."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.name = name


def install() -> None:
    replace(ResourceMap, "update", change_to)
    replace(ResourceMap, "delete", delete_all)


def change_to(
    stack: ResourceMap, template: Template, parameters: dict[str, Any] | None = None
) -> None:
    """Raises ResourceFailed at the first resource that fails; nothing is undone."""
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
    for name in in_order(new):
        if new[name] != old.get(name) or needs(new[name]) & changed:
            changed.add(name)
            _attempt(_bring_about, stack, name)
    for name in reversed(in_order(old)):
        if name not in new:
            _attempt(_remove, stack, name, old[name])


def delete_all(stack: ResourceMap) -> None:
    """Raises ResourceFailed."""
    resources = stack._resource_json_map
    for name in reversed(in_order(resources)):
        _attempt(_remove, stack, name, resources[name])


def _attempt(step: Any, stack: ResourceMap, name: str, *more: Any) -> None:
    try:
        step(stack, name, *more)
    except Exception as error:
        raise ResourceFailed(name, error) from error


def _bring_about(stack: ResourceMap, name: str) -> None:
    resource = stack._resource_json_map[name]
    kind = resource["Type"]
    if kind in SKIPPED:
        return
    if kind not in get_model_map():
        raise LookupError(f"the type {kind} is neither made nor listed as skipped")
    if name not in stack._parsed_resources:
        stack[name]  # moto makes what is asked for
        return
    place = {"account_id": stack._account_id, "region_name": stack._region_name}
    stack._parsed_resources[name] = parse_and_update_resource(name, resource, stack, **place)


def _remove(stack: ResourceMap, name: str, resource: dict[str, Any]) -> None:
    made = stack._parsed_resources.pop(name, None)
    if made is not None and resource.get("DeletionPolicy") not in KEPT:
        stack._delete_resource(made, resource)
