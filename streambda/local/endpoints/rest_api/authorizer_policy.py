"""What a Lambda authoriser's policy says about one method. No I/O.

"Output from an API Gateway Lambda authorizer": an IAM policy for execute-api:Invoke. Whatever this
cannot judge, a condition above all, is taken against the caller.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

ACTION = "execute-api:Invoke"


class Verdict(Enum):
    ALLOWED = auto()
    DENIED = auto()  # a statement says so
    NOT_ALLOWED = auto()  # no statement says otherwise


class BadPolicy(Exception):
    """Not the shape of an IAM policy."""


def judge(policy: Any, resource: str) -> Verdict:
    """`resource` is the ARN of a method and a path. Raises `BadPolicy`."""
    if not isinstance(policy, Mapping):
        raise BadPolicy(f"policyDocument is {policy!r}, expected an object")
    effects = {_effect(one) for one in _list(policy.get("Statement")) if _applies(one, resource)}
    if "Deny" in effects:
        return Verdict.DENIED
    return Verdict.ALLOWED if "Allow" in effects else Verdict.NOT_ALLOWED


def _effect(statement: Mapping[str, Any]) -> str:
    effect = statement.get("Effect")
    if effect not in {"Allow", "Deny"}:
        raise BadPolicy(f"Effect is {effect!r}, expected 'Allow' or 'Deny'")
    return str(effect)


def _applies(statement: Any, resource: str) -> bool:
    if not isinstance(statement, Mapping):
        raise BadPolicy(f"a statement is {statement!r}, expected an object")
    if statement.get("Condition") and _effect(statement) == "Allow":
        return False
    return _matches(statement, "Action", ACTION, ignore_case=True) and _matches(
        statement, "Resource", resource, ignore_case=False
    )


def _matches(statement: Mapping[str, Any], key: str, value: str, *, ignore_case: bool) -> bool:
    """By Action and Resource, or by what NotAction and NotResource leave out."""
    wanted = key in statement
    patterns = _list(statement.get(key if wanted else f"Not{key}"))
    flags = re.IGNORECASE if ignore_case else 0
    found = any(re.fullmatch(_pattern(str(one)), value, flags) for one in patterns)
    return found is wanted


def _pattern(text: str) -> str:
    """IAM knows * and ?, and * goes over slashes."""
    return re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")


def _list(value: Any) -> list[Any]:
    if value is None:
        raise BadPolicy("a statement, an action or a resource is missing")
    return value if isinstance(value, list) else [value]
