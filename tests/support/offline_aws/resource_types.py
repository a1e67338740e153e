"""What moto's CloudFormation asks of a type of resource, from two or three plain functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

Properties = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    account_id: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What `Ref` and `Fn::GetAtt` of a resource give."""

    id: str
    attributes: Mapping[str, str] = field(default_factory=dict)


Create = Callable[[Place, str, Properties], Identity]
Update = Callable[[Place, str, Properties], None]
Delete = Callable[[Place, str, Properties], None]


@dataclass(slots=True, kw_only=True)
class Made:
    """One resource of a stack, under the names that moto reads."""

    kind: "ResourceType"
    identity: Identity
    properties: Properties
    logical_resource_id: str = ""
    cf_resource_type: str = ""

    @property
    def physical_resource_id(self) -> str:
        return self.identity.id

    def get_cfn_attribute(self, name: str) -> str:
        try:
            return self.identity.attributes[name]
        except KeyError:
            raise UnformattedGetAttTemplateException from None

    def is_created(self) -> bool:
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        place = Place(account_id=account_id, region=region_name)
        self.kind.delete(place, self.physical_resource_id, self.properties)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """Stands in moto's table of models; `update` None means that a change makes a new resource.

    `create` gets the place, a name nobody else has, and the properties; the others get the
    physical id. They raise whatever fits: the stack then fails with that as its reason.
    """

    create: Create
    delete: Delete
    update: Update | None = None

    def has_cfn_attr(self, attr: str) -> bool:
        return True  # an attribute that is not there is found out when it is asked for

    def create_from_cloudformation_json(
        self,
        resource_name: str,
        cloudformation_json: Properties,
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> Made:
        place = Place(account_id=account_id, region=region_name)
        properties = cloudformation_json["Properties"]
        return self._made(self.create(place, resource_name, properties), properties)

    def update_from_cloudformation_json(
        self,
        original_resource: Made,
        new_resource_name: str,
        cloudformation_json: Properties,
        account_id: str,
        region_name: str,
    ) -> Made:
        place = Place(account_id=account_id, region=region_name)
        properties, made = cloudformation_json["Properties"], original_resource
        if properties == made.properties:
            return made
        if self.update is not None:
            self.update(place, made.physical_resource_id, properties)
            return self._made(made.identity, properties)
        identity = self.create(place, new_resource_name, properties)
        self.delete(place, made.physical_resource_id, made.properties)
        return self._made(identity, properties)

    def _made(self, identity: Identity, properties: Properties) -> Made:
        return Made(kind=self, identity=identity, properties=properties)


def camel(value: Any) -> Any:
    """CloudFormation's `RestApiId` as API Gateway's own `restApiId`, at every depth."""
    if isinstance(value, list):
        return [camel(part) for part in value]
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: camel(part) for key, part in value.items()}
    return value


def tags(properties: Properties) -> dict[str, str]:
    """CloudFormation's list of pairs as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
