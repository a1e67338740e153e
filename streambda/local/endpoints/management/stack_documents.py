"""Stacks with outputs and resources, as CloudFormation describes them: its Query protocol.

Shapes: Stack and StackResource in CloudFormation's service model. All of it is XML.
"""

from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.model.assembly import DescribedStack, StackResource
from streambda.local.model.lambda_errors import AwsError, ErrorCode

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
COMPLETE = "CREATE_COMPLETE"

Document = dict[str, Any]
Form = Mapping[str, str]


class StackDocuments:
    """`answer` finds the operation. Raises `AwsError`."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._created = inventory.started.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._actions: dict[str, Callable[[Form], Document]] = {
            "DescribeStackResource": self._describe_resource,
            "DescribeStackResources": self._describe_resources,
            "DescribeStacks": self._describe_stacks,
            "ListStackResources": self._list_resources,
            "ListStacks": self._list_stacks,
        }

    def answer(self, form: Form, request_id: str) -> str:
        """An XML document."""
        action = form.get("Action", "")
        if action not in self._actions:
            message = f"Could not find operation {action} for version {form.get('Version')}"
            raise AwsError(ErrorCode.INVALID_ACTION, message)
        result = {f"{action}Result": self._actions[action](form)}
        metadata = {"ResponseMetadata": {"RequestId": request_id}}
        return (
            f'<{action}Response xmlns="{NAMESPACE}">{to_xml(result | metadata)}</{action}Response>'
        )

    def _find(self, form: Form) -> DescribedStack:
        name = form.get("StackName", "")
        for stack in self._inventory.assembly.stacks:
            if name in {stack.name, stack.id}:
                return stack
        raise AwsError(ErrorCode.VALIDATION_ERROR, f"Stack with id {name} does not exist")

    def _describe_stacks(self, form: Form) -> Document:
        named = "StackName" in form
        stacks = [self._find(form)] if named else self._inventory.assembly.stacks
        return {"Stacks": [self._describe_stack(stack) for stack in stacks]}

    def _describe_stack(self, stack: DescribedStack) -> Document:
        outputs = self._inventory.list_outputs(stack)
        parameters = stack.parameters.items()
        return {
            "StackId": stack.id,
            "StackName": stack.name,
            "CreationTime": self._created,
            "StackStatus": COMPLETE,
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value} for name, value in parameters
            ],
            "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs],
        }

    def _list_stacks(self, _: Form) -> Document:
        summaries = [
            {
                "StackId": stack.id,
                "StackName": stack.name,
                "CreationTime": self._created,
                "StackStatus": COMPLETE,
            }
            for stack in self._inventory.assembly.stacks
        ]
        return {"StackSummaries": summaries}

    def _list_resources(self, form: Form) -> Document:
        stack = self._find(form)
        found = [self._describe(name, one) for name, one in stack.resources.items()]
        return {
            "StackResourceSummaries": [
                {**one, "LastUpdatedTimestamp": self._created} for one in found
            ]
        }

    def _describe_resources(self, form: Form) -> Document:
        stack = self._find(form)
        wanted = form.get("LogicalResourceId")
        return {
            "StackResources": [
                {
                    **self._describe(name, one),
                    "StackName": stack.name,
                    "StackId": stack.id,
                    "Timestamp": self._created,
                }
                for name, one in stack.resources.items()
                if wanted in {None, name}
            ]
        }

    def _describe_resource(self, form: Form) -> Document:
        stack, name = self._find(form), form.get("LogicalResourceId", "")
        if name not in stack.resources:
            message = f"Resource {name} does not exist for stack {stack.name}"
            raise AwsError(ErrorCode.VALIDATION_ERROR, message)
        return {
            "StackResourceDetail": {
                **self._describe(name, stack.resources[name]),
                "StackName": stack.name,
                "StackId": stack.id,
                "LastUpdatedTimestamp": self._created,
            }
        }

    def _describe(self, name: str, resource: StackResource) -> Document:
        return {
            "LogicalResourceId": name,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            "ResourceStatus": COMPLETE,
        }


def to_xml(value: Any) -> str:
    """Objects are elements with the names of their members, and lists have elements `member`."""
    if isinstance(value, dict):
        return "".join(f"<{name}>{to_xml(one)}</{name}>" for name, one in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{to_xml(one)}</member>" for one in value)
    return escape(str(value))


def error_to_xml(error: AwsError, request_id: str) -> str:
    document = {
        "Error": {"Type": "Sender", "Code": error.code.exception, "Message": str(error)},
        "RequestId": request_id,
    }
    return f'<ErrorResponse xmlns="{NAMESPACE}">{to_xml(document)}</ErrorResponse>'
