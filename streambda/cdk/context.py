"""Reads a CDK context value (`-c name=value`, cdk.json) that is one of a few known words."""

from collections.abc import Mapping
from typing import TypeVar

from constructs import IConstruct

Choice = TypeVar("Choice")


def read_choice(scope: IConstruct, name: str, choices: Mapping[str, Choice]) -> Choice:
    """What the context value `name` stands for; the first of `choices` when it is not set.

    Raises:
        ValueError: the value is none of `choices`.
    """
    return parse_choice(name, scope.node.try_get_context(name), choices)


def parse_choice(name: str, value: object, choices: Mapping[str, Choice]) -> Choice:
    """What `value`, of the context value `name`, stands for; None for the first of `choices`.

    Raises:
        ValueError: the value is none of `choices`.
    """
    if value is None:
        return next(iter(choices.values()))
    # A value of cdk.json may be any JSON, also one that cannot be a key.
    if not isinstance(value, str) or value not in choices:
        expected = " or ".join(repr(choice) for choice in choices)
        raise ValueError(f"context {name} is {value!r}, expected {expected}")
    return choices[value]
