"""AWS::IAM::Role: moto's forgets ManagedPolicyArns, so that a role would seem to allow less."""

import json

from moto.iam.models import IAMBackend, Role, iam_backends

from tests.support.offline_aws.resource_types import Identity, Place, Properties, ResourceType


def backend(place: Place) -> IAMBackend:
    return iam_backends[place.account_id]["aws"]


def create(place: Place, name: str, properties: Properties) -> Identity:
    role = backend(place).create_role(
        role_name=properties.get("RoleName", name),
        assume_role_policy_document=json.dumps(properties["AssumeRolePolicyDocument"]),
        path=properties.get("Path", "/"),
        permissions_boundary=properties.get("PermissionsBoundary", ""),
        description=properties.get("Description", ""),
        tags=properties.get("Tags", []),
        max_session_duration=properties.get("MaxSessionDuration", 3600),
    )
    _give(place, role, properties)
    return Identity(id=role.name, attributes={"Arn": role.arn, "RoleId": role.id})


def update(place: Place, name: str, properties: Properties) -> None:
    role = backend(place).get_role(name)
    role.assume_role_policy_document = json.dumps(properties["AssumeRolePolicyDocument"])
    role.description = properties.get("Description", "")
    _detach_all(place, role)
    _give(place, role, properties)


def delete(place: Place, name: str, properties: Properties) -> None:
    role = backend(place).get_role(name)
    for policy in properties.get("Policies", []):
        role.delete_policy(policy["PolicyName"])
    _detach_all(place, role)
    backend(place).delete_role(name)


def _give(place: Place, role: Role, properties: Properties) -> None:
    for policy in properties.get("Policies", []):
        document = json.dumps(policy["PolicyDocument"])
        backend(place).put_role_policy(role.name, policy["PolicyName"], document)
    for arn in properties.get("ManagedPolicyArns", []):
        backend(place).attach_role_policy(arn, role.name)


def _detach_all(place: Place, role: Role) -> None:
    for arn in list(role.managed_policies):
        backend(place).detach_role_policy(arn, role.name)


ROLE = ResourceType(create=create, update=update, delete=delete)
