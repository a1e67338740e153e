"""Change sets as the CLI needs them: found in their own stack, and carried out to the end.

moto finds them by name alone, though the CLI calls every one the same; it has no ChangeSetNotFound,
and leaves a stack with the outputs that it had before, or half made.
"""

from contextlib import suppress
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

from tests.support.offline_aws.patches import replace
from tests.support.offline_aws.stack_changes import ResourceFailed

NOTHING: dict[str, Any] = {"Resources": {}}


def install() -> None:
    replace(CloudFormationResponse, "describe_change_set", describe)
    replace(CloudFormationResponse, "delete_change_set", delete)
    replace(CloudFormationResponse, "execute_change_set", execute)
    # What a change set is given as the previous value: the name of an SSM parameter, not what it
    # stands for, which would be looked up once more.
    replace(Stack, "stack_parameters", property(unresolved_parameters))


def describe(self: CloudFormationResponse) -> ActionResult:
    return ActionResult(_asked_for(self))


def delete(self: CloudFormationResponse) -> ActionResult:
    with suppress(CloudFormationError):  # one that does not exist is no error on AWS either
        self.cloudformation_backend.change_sets.pop(_asked_for(self).change_set_id)
    return EmptyResult()


def execute(self: CloudFormationResponse) -> ActionResult:
    change_set = _asked_for(self)
    if change_set.execution_status != "AVAILABLE":
        reason = f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status"
        raise CloudFormationError("InvalidChangeSetStatus", reason)
    carry_out(change_set)
    backend = self.cloudformation_backend
    backend.change_sets.pop(change_set.change_set_id)
    backend.exports.update({export.name: export for export in change_set.stack.exports})
    return EmptyResult()


def _asked_for(self: CloudFormationResponse) -> ChangeSet:
    name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
    return find(self.cloudformation_backend, name, stack)


def find(backend: CloudFormationBackend, name: str, stack: str | None) -> ChangeSet:
    """By its name in `stack`, or by its ARN. Raises ChangeSetNotFound, as AWS calls it."""
    for change_set in reversed(backend.change_sets.values()):
        in_stack = stack in (None, change_set.stack_name, change_set.stack_id)
        if name == change_set.change_set_id or (name == change_set.change_set_name and in_stack):
            return change_set
    raise CloudFormationError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")


def carry_out(change_set: ChangeSet) -> None:
    """The stack as the change set wants it; as it was before, if a resource fails."""
    stack, kind = change_set.stack, change_set.change_set_type
    before = stack.template_dict or NOTHING, stack.parameters
    stack._add_stack_event(f"{kind}_IN_PROGRESS", resource_status_reason="User Initiated")
    try:
        stack.resource_map.update(change_set.template_dict, change_set.parameters)
    except ResourceFailed as error:
        _add_failure(stack, f"{kind}_FAILED", error)
        stack.resource_map.update(*before)
        _end(stack, "ROLLBACK_COMPLETE" if kind == "CREATE" else "UPDATE_ROLLBACK_COMPLETE")
        return
    stack.template, stack.parameters = change_set.template, change_set.parameters
    stack._parse_template()
    stack.output_map = stack._create_output_map()
    _end(stack, f"{kind}_COMPLETE")


def _end(stack: Stack, status: str) -> None:
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
