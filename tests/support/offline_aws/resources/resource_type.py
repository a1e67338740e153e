"""Gives moto's CloudFormation what it asks of a type of resource, from two or three functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

Properties = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRegion:
    """Where a resource is."""

    account_id: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnValues:
    """What `Ref` and `Fn::GetAtt` of a resource return."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


Create = Callable[[AccountRegion, str, Properties], ReturnValues]
Update = Callable[[AccountRegion, str, Properties], None]
Delete = Callable[[AccountRegion, str, Properties], None]


@dataclass(slots=True, kw_only=True)
class StackResource:
    """One resource of a stack. Its attributes have the names that moto reads."""

    kind: "ResourceType"
    return_values: ReturnValues
    properties: Properties
    logical_resource_id: str = ""
    cf_resource_type: str = ""

    @property
    def physical_resource_id(self) -> str:
        return self.return_values.ref

    def get_cfn_attribute(self, name: str) -> str:
        try:
            return self.return_values.attributes[name]
        except KeyError:
            raise UnformattedGetAttTemplateException from None

    def is_created(self) -> bool:
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        account = AccountRegion(account_id=account_id, region=region_name)
        self.kind.delete(account, self.physical_resource_id, self.properties)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """A type of resource, for moto's map of models.

    `create` gets the account, an unused name, and the properties. `delete` and `update` get the
    physical id instead of the name. Without `update`, a change replaces the resource. Each may
    raise any exception: the stack then fails, and gives it as its reason.
    """

    create: Create
    delete: Delete
    update: Update | None = None

    def has_cfn_attr(self, attr: str) -> bool:
        return True  # `get_cfn_attribute` raises when there is no such attribute

    def create_from_cloudformation_json(
        self,
        resource_name: str,
        cloudformation_json: Properties,
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> StackResource:
        account = AccountRegion(account_id=account_id, region=region_name)
        properties = cloudformation_json["Properties"]
        return self._make_resource(self.create(account, resource_name, properties), properties)

    def update_from_cloudformation_json(
        self,
        original_resource: StackResource,
        new_resource_name: str,
        cloudformation_json: Properties,
        account_id: str,
        region_name: str,
    ) -> StackResource:
        account = AccountRegion(account_id=account_id, region=region_name)
        properties, resource = cloudformation_json["Properties"], original_resource
        if properties == resource.properties:
            return resource
        if self.update is not None:
            self.update(account, resource.physical_resource_id, properties)
            return self._make_resource(resource.return_values, properties)
        return_values = self.create(account, new_resource_name, properties)
        self.delete(account, resource.physical_resource_id, resource.properties)
        return self._make_resource(return_values, properties)

    def _make_resource(self, return_values: ReturnValues, properties: Properties) -> StackResource:
        return StackResource(kind=self, return_values=return_values, properties=properties)


def to_camel_case(value: Any) -> Any:
    """Turns the keys of CloudFormation (`RestApiId`) into those of API Gateway (`restApiId`)."""
    if isinstance(value, list):
        return [to_camel_case(part) for part in value]
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: to_camel_case(part) for key, part in value.items()}
    return value


def read_tags(properties: Properties) -> dict[str, str]:
    """The tags, which CloudFormation has as a list of pairs."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
