"""What a Lambda authorizer's policy says about one method. No I/O.

"Output from an API Gateway Lambda authorizer": an IAM policy for execute-api:Invoke. What this
cannot evaluate, such as a condition, does not allow anything.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from streambda.local.model.patterns import matches_wildcards

ACTION = "execute-api:Invoke"


class PolicyResult(Enum):
    ALLOWED = auto()
    DENIED = auto()  # a statement says so
    NOT_ALLOWED = auto()  # no statement allows it


class BadPolicy(Exception):
    """Not an IAM policy."""


def evaluate_policy(policy: Any, resource: str) -> PolicyResult:
    """`resource` is the ARN of a method and a path. Raises `BadPolicy`."""
    if not isinstance(policy, Mapping):
        raise BadPolicy(f"policyDocument is {policy!r}, expected an object")
    effects = {
        _read_effect(one) for one in _to_list(policy.get("Statement")) if _applies(one, resource)
    }
    if "Deny" in effects:
        return PolicyResult.DENIED
    return PolicyResult.ALLOWED if "Allow" in effects else PolicyResult.NOT_ALLOWED


def _read_effect(statement: Mapping[str, Any]) -> str:
    effect = statement.get("Effect")
    if not isinstance(effect, str) or effect not in {"Allow", "Deny"}:
        raise BadPolicy(f"Effect is {effect!r}, expected 'Allow' or 'Deny'")
    return effect


def _applies(statement: Any, resource: str) -> bool:
    if not isinstance(statement, Mapping):
        raise BadPolicy(f"a statement is {statement!r}, expected an object")
    if statement.get("Condition") and _read_effect(statement) == "Allow":
        return False
    return _matches(statement, "Action", ACTION, ignore_case=True) and _matches(
        statement, "Resource", resource, ignore_case=False
    )


def _matches(statement: Mapping[str, Any], key: str, value: str, *, ignore_case: bool) -> bool:
    """By Action and Resource, or by all but NotAction and NotResource."""
    positive = key in statement
    patterns = _to_list(statement.get(key if positive else f"Not{key}"))
    found = any(matches_wildcards(str(one), value, ignore_case=ignore_case) for one in patterns)
    return found is positive


def _to_list(value: Any) -> list[Any]:
    if value is None:
        raise BadPolicy("a statement, an action or a resource is missing")
    return value if isinstance(value, list) else [value]
