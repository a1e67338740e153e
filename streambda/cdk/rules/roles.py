"""Roles that the constructs make: no permission on every resource."""

from collections.abc import Iterator, Sequence
from typing import Any

import aws_cdk as cdk

from streambda.cdk.rules.finding import Finding
from streambda.cdk.rules.resource_index import (
    ResourceIndex,
    logical_id,
    resolve,
    resources_of,
)
from streambda.cdk.runtime.execution_role import NETWORK_INTERFACES, TRACES

# Of the execution role: IAM knows no resource for these.
_WITHOUT_RESOURCE = frozenset({*TRACES, *NETWORK_INTERFACES})


def check_wildcard_resources(index: ResourceIndex) -> Iterator[Finding]:
    ours = {logical_id(it) for function in index.functions for it in resources_of(function)}
    for policy in index.resources("aws_iam.CfnPolicy"):
        stack = cdk.Stack.of(policy).node.path
        roles = [it["Ref"] for it in resolve(policy, policy.roles) or [] if "Ref" in it]
        if any((stack, role) in ours for role in roles):
            yield from _check_policy(policy)


def _check_policy(policy: Any) -> Iterator[Finding]:
    document = resolve(policy, policy.policy_document)
    for statement in document["Statement"]:
        actions = _as_list(statement.get("Action"))
        # A condition narrows as well: an access point of a file system is named by one.
        everywhere = "*" in _as_list(statement.get("Resource")) and "Condition" not in statement
        if everywhere and not _WITHOUT_RESOURCE.issuperset(actions):
            yield Finding(
                construct=policy,
                rule="wildcard-resource",
                message=f"{policy.node.path} allows {', '.join(actions)} on every resource, "
                "expected the ARNs that it needs; if IAM has no resource for an action, "
                "acknowledge this finding",
            )


def _as_list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
