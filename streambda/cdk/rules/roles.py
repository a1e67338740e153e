"""Roles that the constructs make: no permission on every resource where IAM knows them."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from streambda.cdk.rules.finding import Finding
from streambda.cdk.rules.resource_index import (
    ResourceIndex,
    as_list,
    as_mapping,
    resources_of,
)
from streambda.cdk.rules.templates import Resource, Value, logical_id
from streambda.cdk.runtime.execution_role import NETWORK_INTERFACES

# Type of a policy -> its property that names roles.
_POLICIES = {
    "AWS::IAM::Policy": "Roles",
    "AWS::IAM::ManagedPolicy": "Roles",
    "AWS::IAM::RolePolicy": "RoleName",
}
# Made by tools/write_iam_table.py from AWS's own list:
# https://docs.aws.amazon.com/service-authorization/latest/reference/
_TABLE = Path(__file__).with_name("actions_without_resource.txt")
# Conditions on how or when a call comes: they leave all resources open.
_NOT_ON_RESOURCES = frozenset({
    "aws:currenttime", "aws:epochtime", "aws:multifactorauthage", "aws:multifactorauthpresent",
    "aws:referer", "aws:requestedregion", "aws:securetransport", "aws:sourceip",
    "aws:tokenissuetime", "aws:useragent", "aws:viaawsservice", "aws:vpcsourceip",
})  # fmt: skip
_WILDCARDS = ("*", "?")
# Lambda's needs in a VPC are for interfaces that it is yet to make: AWS's own policy for them,
# AWSLambdaVPCAccessExecutionRole, has "*" as well.
_OF_LAMBDA = frozenset(NETWORK_INTERFACES)


def check_wildcard_resources(index: ResourceIndex) -> Iterator[Finding]:
    ours = {logical_id(it) for function in index.functions for it in resources_of(function)}
    roles = [it for it in index.resources("AWS::IAM::Role") if it.key in ours]
    for role in roles:
        for inline in as_list(role.properties.get("Policies")):
            yield from _check_document(role, as_mapping(inline).get("PolicyDocument"))
    for policy in _find_policies(index, roles):
        yield from _check_document(policy, policy.properties.get("PolicyDocument"))


def _find_policies(index: ResourceIndex, roles: list[Resource]) -> list[Resource]:
    """Those that name one of `roles`, and managed policies that a role names."""
    keys = {role.key for role in roles}
    attached = {
        policy.key
        for role in roles
        for policy in index.find_targets(role.stack, role.properties.get("ManagedPolicyArns"))
    }
    return [
        policy
        for type, named in _POLICIES.items()
        for policy in index.resources(type)
        if policy.key in attached
        or keys & {it.key for it in index.find_targets(policy.stack, policy.properties.get(named))}
    ]


def _check_document(policy: Resource, document: Value) -> Iterator[Finding]:
    for statement in as_list(as_mapping(document).get("Statement")):
        if actions := _find_open_actions(as_mapping(statement)):
            yield Finding(
                construct=policy.construct,
                rule="wildcard-resource",
                message=f"{policy.name} allows {', '.join(actions)} on every resource, "
                "expected the ARNs that it needs, or a condition",
                is_warning=True,
            )


def _find_open_actions(statement: Mapping[str, Value]) -> list[str]:
    """The actions that are allowed on every resource, and need not be."""
    if statement.get("Effect") != "Allow" or _is_narrowed(statement):
        return []
    if "NotAction" in statement:
        return [f"all but {', '.join(map(str, as_list(statement['NotAction'])))}"]
    actions = [it for it in as_list(statement.get("Action")) if isinstance(it, str)]
    return [it for it in actions if it not in _OF_LAMBDA and not has_no_resource(it)]


def _is_narrowed(statement: Mapping[str, Value]) -> bool:
    everywhere = "*" in as_list(statement.get("Resource")) or "NotResource" in statement
    return not everywhere or any(
        str(key).lower() not in _NOT_ON_RESOURCES
        for operator in as_mapping(statement.get("Condition")).values()
        for key in as_mapping(operator)
    )


def has_no_resource(action: str) -> bool:
    """Whether IAM knows no resource for `action`, such as "ec2:DescribeRegions".

    Of a pattern ("xray:Put*"): for none of the actions that it matches.
    """
    service, _, name = action.lower().partition(":")
    pattern_at = min((name.find(it) for it in _WILDCARDS if it in name), default=len(name))
    # A "$" ends what is a name, and no pattern.
    name = f"{name}$" if pattern_at == len(name) else name[:pattern_at]
    return any(name.startswith(prefix) for prefix in _read_table().get(service, ()))


@cache
def _read_table() -> Mapping[str, tuple[str, ...]]:
    lines = (line.split() for line in _TABLE.read_text("utf-8").splitlines())
    return {service: tuple(it.strip("*") for it in prefixes) for service, *prefixes in lines}
