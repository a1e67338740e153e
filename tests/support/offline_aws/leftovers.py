"""What is in AWS besides the things that `cdk bootstrap` created."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.support.offline_aws.server import OfflineAws

BOOTSTRAP = ("cdk-hnb659fds-", "CDKToolkit")

# Service -> (operation, the answer's list, the name of an item).
LISTS: dict[str, tuple[tuple[str, str, Callable[[Any], str]], ...]] = {
    "apigateway": (
        ("get_rest_apis", "items", lambda it: it["name"]),
        ("get_usage_plans", "items", lambda it: it["name"]),
        ("get_api_keys", "items", lambda it: it["name"]),
    ),
    "cloudformation": (
        ("describe_stacks", "Stacks", lambda it: it["StackName"]),
        ("list_change_sets", "Summaries", lambda it: it["ChangeSetName"]),
    ),
    "iam": (("list_roles", "Roles", lambda it: it["RoleName"]),),
    "lambda": (
        ("list_functions", "Functions", lambda it: it["FunctionName"]),
        ("list_layers", "Layers", lambda it: it["LayerName"]),
    ),
    "logs": (("describe_log_groups", "logGroups", lambda it: it["logGroupName"]),),
}
ARGUMENTS = {"list_change_sets": {"StackName": "CDKToolkit"}}


def list_leftovers(aws: OfflineAws) -> list[str]:
    """`service: name` of everything that a stack could have left."""
    return sorted(_list_resources(aws))


def _list_resources(aws: OfflineAws) -> Iterator[str]:
    for service, lists in LISTS.items():
        with aws.client(service) as client:
            for operation, member, name_of in lists:
                answer = getattr(client, operation)(**ARGUMENTS.get(operation, {}))
                names = (name_of(it) for it in answer[member])
                yield from (
                    f"{service}: {name}" for name in names if not name.startswith(BOOTSTRAP)
                )
