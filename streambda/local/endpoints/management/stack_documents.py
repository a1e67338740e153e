"""Stacks with outputs and resources, as CloudFormation describes them.

Shapes: Stack, StackSummary, StackResource and Export in CloudFormation's service model.
"""

from collections.abc import Iterator, Mapping

from streambda.local.endpoints.management.documents import Document
from streambda.local.endpoints.management.inventory import Inventory
from streambda.local.endpoints.management.paging import drop_missing
from streambda.local.model.assembly import DescribedStack, StackResource
from streambda.local.model.lambda_errors import AwsError, ErrorCode, fail_constraint

COMPLETE = "CREATE_COMPLETE"
NOT_DRIFTED = {"StackDriftStatus": "NOT_CHECKED"}

Form = Mapping[str, str]


class StackDocuments:
    """Each public method is an action. Raises `AwsError`."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._stacks = inventory.assembly.stacks
        self._created = inventory.started.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def describe_stacks(self, form: Form) -> Document:
        stacks = [self._find(form)] if form.get("StackName") else self._stacks
        return {"Stacks": [self._describe_stack(stack) for stack in stacks]}

    def list_stacks(self, form: Form) -> Document:
        wanted = [value for key, value in form.items() if key.startswith("StackStatusFilter.")]
        stacks = self._stacks if not wanted or COMPLETE in wanted else ()
        return {"StackSummaries": [self._summarize(stack) for stack in stacks]}

    def list_exports(self, _: Form) -> Document:
        exports = [
            {"ExportingStackId": stack.id, "Name": stack.exports[name], "Value": value}
            for stack in self._stacks
            for name, value in self._inventory.list_outputs(stack)
            if name in stack.exports
        ]
        return {"Exports": exports}

    def list_resources(self, form: Form) -> Document:
        stack = self._find(form)
        found = [self._describe(name, one) for name, one in stack.resources.items()]
        return {
            "StackResourceSummaries": [
                {**one, "LastUpdatedTimestamp": self._created} for one in found
            ]
        }

    def describe_resources(self, form: Form) -> Document:
        wanted = form.get("LogicalResourceId")
        return {
            "StackResources": [
                {
                    **self._describe(name, one),
                    "StackName": stack.name,
                    "StackId": stack.id,
                    "Timestamp": self._created,
                }
                for stack in self._find_stacks(form)
                for name, one in stack.resources.items()
                if wanted in {None, name}
            ]
        }

    def describe_resource(self, form: Form) -> Document:
        stack, name = self._find(form), _read(form, "LogicalResourceId")
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

    def _find(self, form: Form) -> DescribedStack:
        name = _read(form, "StackName")
        for stack in self._stacks:
            if name in {stack.name, stack.id}:
                return stack
        raise AwsError(ErrorCode.VALIDATION_ERROR, f"Stack with id {name} does not exist")

    def _find_stacks(self, form: Form) -> list[DescribedStack]:
        """The named one, or the one that has a resource with a physical id."""
        physical = form.get("PhysicalResourceId")
        if form.get("StackName") or not physical:
            return [self._find(form)]
        for stack in self._stacks:
            if physical in {one.physical_id for one in stack.resources.values()}:
                return [stack]
        message = f"Stack for {physical} does not exist"
        raise AwsError(ErrorCode.VALIDATION_ERROR, message)

    def _summarize(self, stack: DescribedStack) -> Document:
        return drop_missing(
            {
                "StackId": stack.id,
                "StackName": stack.name,
                "TemplateDescription": stack.description or None,
                "CreationTime": self._created,
                "StackStatus": COMPLETE,
                "ParentId": stack.parent_id,
                "RootId": self._find_root(stack),
                "DriftInformation": NOT_DRIFTED,
            }
        )

    def _describe_stack(self, stack: DescribedStack) -> Document:
        parameters = stack.parameters.items()
        summary = self._summarize(stack)
        description = summary.pop("TemplateDescription", None)
        return drop_missing(
            {
                **summary,
                "Description": description,
                "Parameters": [
                    {"ParameterKey": name, "ParameterValue": value} for name, value in parameters
                ],
                "Outputs": list(self._list_outputs(stack)),
                "DisableRollback": False,
                "EnableTerminationProtection": False,
                "NotificationARNs": [],
                "Tags": [],
            }
        )

    def _list_outputs(self, stack: DescribedStack) -> Iterator[Document]:
        for name, value in self._inventory.list_outputs(stack):
            yield drop_missing(
                {
                    "OutputKey": name,
                    "OutputValue": value,
                    "Description": stack.output_descriptions.get(name),
                    "ExportName": stack.exports.get(name),
                }
            )

    def _find_root(self, stack: DescribedStack) -> str | None:
        """The outermost stack around a nested one."""
        parents = {one.id: one.parent_id for one in self._stacks}
        root = stack.parent_id
        while root and parents.get(root):
            root = parents[root]
        return root

    def _describe(self, name: str, resource: StackResource) -> Document:
        return {
            "LogicalResourceId": name,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            "ResourceStatus": COMPLETE,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }


def _read(form: Form, name: str) -> str:
    """What an action cannot do without. Raises `AwsError`."""
    if value := form.get(name):
        return value
    member = name[0].lower() + name[1:]
    raise fail_constraint(member, None, "not be null", ErrorCode.VALIDATION_ERROR)
