"""Roles of our making: no statement for every resource there is."""

from collections.abc import Iterator, Sequence
from typing import Any

import aws_cdk as cdk

from streambda.cdk.rules.finding import Finding
from streambda.cdk.rules.resource_index import Tree, made_for, place_of, resolved
from streambda.cdk.runtime.role import NETWORK_INTERFACES, TRACES

# Our own: IAM knows no resource for these.
_NO_RESOURCE = frozenset({*TRACES, *NETWORK_INTERFACES})


def wildcards(tree: Tree) -> Iterator[Finding]:
    ours = {place_of(it) for function in tree.functions for it in made_for(function)}
    for policy in tree.resources("aws_iam.CfnPolicy"):
        stack = cdk.Stack.of(policy).node.path
        roles = [it["Ref"] for it in resolved(policy, policy.roles) or [] if "Ref" in it]
        if any((stack, role) in ours for role in roles):
            yield from _in_policy(policy)


def _in_policy(policy: Any) -> Iterator[Finding]:
    document = resolved(policy, policy.policy_document)
    for statement in document["Statement"]:
        actions = _listed(statement.get("Action"))
        if "*" in _listed(statement.get("Resource")) and not _NO_RESOURCE.issuperset(actions):
            yield Finding(
                construct=policy,
                rule="wildcard-resource",
                message=f"{policy.node.path} allows {', '.join(actions)} on every resource, "
                "expected the ARNs it needs; where IAM knows none for an action, acknowledge this",
            )


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
