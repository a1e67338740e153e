"""AWS::IAM::Role. moto ignores ManagedPolicyArns, so that its roles seem to allow less."""

import json

from moto.iam.models import IAMBackend, Role, iam_backends

from tests.support.offline_aws.resources.resource_type import (
    AccountRegion,
    Properties,
    ResourceType,
    ReturnValues,
)


def backend(account: AccountRegion) -> IAMBackend:
    return iam_backends[account.account_id]["aws"]


def create(account: AccountRegion, name: str, properties: Properties) -> ReturnValues:
    role = backend(account).create_role(
        role_name=properties.get("RoleName", name),
        assume_role_policy_document=json.dumps(properties["AssumeRolePolicyDocument"]),
        path=properties.get("Path", "/"),
        permissions_boundary=properties.get("PermissionsBoundary", ""),
        description=properties.get("Description", ""),
        tags=properties.get("Tags", []),
        max_session_duration=properties.get("MaxSessionDuration", 3600),
    )
    _add_policies(account, role, properties)
    return ReturnValues(ref=role.name, attributes={"Arn": role.arn, "RoleId": role.id})


def update(account: AccountRegion, name: str, properties: Properties) -> None:
    role = backend(account).get_role(name)
    role.assume_role_policy_document = json.dumps(properties["AssumeRolePolicyDocument"])
    role.description = properties.get("Description", "")
    _detach_managed_policies(account, role)
    _add_policies(account, role, properties)


def delete(account: AccountRegion, name: str, properties: Properties) -> None:
    role = backend(account).get_role(name)
    for policy in properties.get("Policies", []):
        role.delete_policy(policy["PolicyName"])
    _detach_managed_policies(account, role)
    backend(account).delete_role(name)


def _add_policies(account: AccountRegion, role: Role, properties: Properties) -> None:
    for policy in properties.get("Policies", []):
        document = json.dumps(policy["PolicyDocument"])
        backend(account).put_role_policy(role.name, policy["PolicyName"], document)
    for arn in properties.get("ManagedPolicyArns", []):
        backend(account).attach_role_policy(arn, role.name)


def _detach_managed_policies(account: AccountRegion, role: Role) -> None:
    for arn in list(role.managed_policies):
        backend(account).detach_role_policy(arn, role.name)


ROLE = ResourceType(create=create, update=update, delete=delete)
