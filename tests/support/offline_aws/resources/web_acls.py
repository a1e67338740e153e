"""AWS::WAFv2::WebACL and WebACLAssociation. moto has both, but its CloudFormation has neither."""

from moto.wafv2.models import WAFV2Backend, wafv2_backends

from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
)

EXTRA = (
    "association_config",
    "captcha_config",
    "challenge_config",
    "custom_response_bodies",
    "token_domains",
)


def backend(account: AccountRegion) -> WAFV2Backend:
    return wafv2_backends[account.account_id][account.region]


def create(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    acl = backend(account).create_web_acl(
        name=properties.get("Name", name),
        visibility_config=properties["VisibilityConfig"],
        default_action=properties["DefaultAction"],
        scope=properties["Scope"],
        description=properties.get("Description", ""),
        tags=properties.get("Tags", []),
        rules=properties.get("Rules", []),
        **dict.fromkeys(EXTRA),
    )
    id = f"{acl.name}|{acl.id}|{properties['Scope']}"
    return ReturnValues(ref=id, attributes={"Arn": acl.arn, "Id": acl.id})


def delete(account: AccountRegion, id: str, properties: Properties) -> None:
    name, acl_id, scope = id.split("|")
    acl = backend(account).get_web_acl(None, name, acl_id)
    backend(account).delete_web_acl(name, scope, acl_id, acl.lock_token)


def associate(account: AccountRegion, _: str, properties: Properties) -> ReturnValues:
    acl, resource = properties["WebACLArn"], properties["ResourceArn"]
    backend(account).associate_web_acl(acl, resource)
    return ReturnValues(ref=f"{acl}|{resource}")


def dissociate(account: AccountRegion, _: str, properties: Properties) -> None:
    backend(account).disassociate_web_acl(properties["ResourceArn"])


WEB_ACL = ResourceType(create=create, delete=delete)
WEB_ACL_ASSOCIATION = ResourceType(create=associate, delete=dissociate)
