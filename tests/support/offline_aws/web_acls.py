"""AWS::WAFv2::WebACL and WebACLAssociation: moto has both, and its CloudFormation neither."""

from moto.wafv2.models import WAFV2Backend, wafv2_backends

from tests.support.offline_aws.resource_types import Identity, Place, Properties, ResourceType

EXTRA = (
    "association_config",
    "captcha_config",
    "challenge_config",
    "custom_response_bodies",
    "token_domains",
)


def backend(place: Place) -> WAFV2Backend:
    return wafv2_backends[place.account_id][place.region]


def create(place: Place, name: str, properties: Properties) -> Identity:
    made = backend(place).create_web_acl(
        name=properties.get("Name", name),
        visibility_config=properties["VisibilityConfig"],
        default_action=properties["DefaultAction"],
        scope=properties["Scope"],
        description=properties.get("Description", ""),
        tags=properties.get("Tags", []),
        rules=properties.get("Rules", []),
        **dict.fromkeys(EXTRA),
    )
    id = f"{made.name}|{made.id}|{properties['Scope']}"
    return Identity(id=id, attributes={"Arn": made.arn, "Id": made.id})


def delete(place: Place, id: str, properties: Properties) -> None:
    name, acl_id, scope = id.split("|")
    found = backend(place).get_web_acl(None, name, acl_id)
    backend(place).delete_web_acl(name, scope, acl_id, found.lock_token)


def associate(place: Place, _: str, properties: Properties) -> Identity:
    acl, resource = properties["WebACLArn"], properties["ResourceArn"]
    backend(place).associate_web_acl(acl, resource)
    return Identity(id=f"{acl}|{resource}")


def dissociate(place: Place, _: str, properties: Properties) -> None:
    backend(place).disassociate_web_acl(properties["ResourceArn"])


WEB_ACL = ResourceType(create=create, delete=delete)
WEB_ACL_ASSOCIATION = ResourceType(create=associate, delete=dissociate)
