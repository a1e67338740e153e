"""What the CDK CLI passes to an app: context values (`-c name=value`, cdk.json), and what it needs.

A context value is one of a few known words.
"""

from collections.abc import Mapping
from typing import TypeVar

import aws_cdk as cdk
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


def is_needed(scope: IConstruct) -> bool:
    """Whether the CDK uses what the stack of `scope` is made of, unlike in `cdk ls`.

    The CDK CLI names stacks by their paths; a nested stack is needed where the one around it is.
    """
    stack: cdk.Stack | None = cdk.Stack.of(scope)
    while stack is not None:
        if stack.bundling_required:
            return True
        stack = stack.nested_stack_parent
    return False
