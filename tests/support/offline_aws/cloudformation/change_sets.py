"""Change sets as the CDK CLI uses them.

moto lacks three things. It finds a change set by its name alone, and the CLI gives all of them the
same name. It has no ChangeSetNotFound. It leaves a stack with its old outputs, and does not roll
back.
"""

from contextlib import suppress
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

from tests.support.offline_aws.cloudformation.stack_update import ResourceFailed
from tests.support.offline_aws.moto_patches import replace_method

EMPTY_TEMPLATE: dict[str, Any] = {"Resources": {}}


def install() -> None:
    replace_method(CloudFormationResponse, "describe_change_set", describe)
    replace_method(CloudFormationResponse, "delete_change_set", delete)
    replace_method(CloudFormationResponse, "execute_change_set", execute)
    # The previous values for a change set: the name of an SSM parameter, not its value, which
    # moto would take for a name and look up.
    replace_method(Stack, "stack_parameters", property(unresolved_parameters))


def describe(self: CloudFormationResponse) -> ActionResult:
    return ActionResult(_find_requested(self))


def delete(self: CloudFormationResponse) -> ActionResult:
    with suppress(CloudFormationError):  # on AWS it is no error that there is none
        self.cloudformation_backend.change_sets.pop(_find_requested(self).change_set_id)
    return EmptyResult()


def execute(self: CloudFormationResponse) -> ActionResult:
    change_set = _find_requested(self)
    if change_set.execution_status != "AVAILABLE":
        reason = f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status"
        raise CloudFormationError("InvalidChangeSetStatus", reason)
    update_stack(change_set)
    backend = self.cloudformation_backend
    backend.change_sets.pop(change_set.change_set_id)
    backend.exports.update({export.name: export for export in change_set.stack.exports})
    return EmptyResult()


def _find_requested(self: CloudFormationResponse) -> ChangeSet:
    name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
    return find_change_set(self.cloudformation_backend, name, stack)


def find_change_set(backend: CloudFormationBackend, name: str, stack: str | None) -> ChangeSet:
    """Finds it by its name in `stack`, or by its ARN. Raises AWS's error ChangeSetNotFound."""
    for change_set in reversed(backend.change_sets.values()):
        in_stack = stack in (None, change_set.stack_name, change_set.stack_id)
        if name == change_set.change_set_id or (name == change_set.change_set_name and in_stack):
            return change_set
    raise CloudFormationError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")


def update_stack(change_set: ChangeSet) -> None:
    """Updates the stack to the change set's template. Rolls back if a resource fails."""
    stack, kind = change_set.stack, change_set.change_set_type
    before = stack.template_dict or EMPTY_TEMPLATE, stack.parameters
    stack._add_stack_event(f"{kind}_IN_PROGRESS", resource_status_reason="User Initiated")
    try:
        stack.resource_map.update(change_set.template_dict, change_set.parameters)
    except ResourceFailed as error:
        _add_failure(stack, f"{kind}_FAILED", error)
        stack.resource_map.update(*before)
        _set_status(stack, "ROLLBACK_COMPLETE" if kind == "CREATE" else "UPDATE_ROLLBACK_COMPLETE")
        return
    stack.template, stack.parameters = change_set.template, change_set.parameters
    stack._parse_template()
    stack.output_map = stack._create_output_map()
    _set_status(stack, f"{kind}_COMPLETE")


def _set_status(stack: Stack, status: str) -> None:
    stack._add_stack_event(status)
    stack.status = status


def _add_failure(stack: Stack, status: str, error: ResourceFailed) -> None:
    stack._add_stack_event(status, resource_status_reason=str(error))
    event = stack.events[-1]
    event.logical_resource_id = error.name
    event.resource_type = stack.resource_map._resource_json_map[error.name]["Type"]


def unresolved_parameters(self: Stack) -> dict[str, Any]:
    slots = self.template_dict.get("Parameters", {})
    given = self.resource_map.input_parameters
    return {name: given.get(name, slot.get("Default")) for name, slot in slots.items()}
