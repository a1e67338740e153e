"""Replaces methods of moto."""

from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


def wrap_method(owner: type, name: str, around: Callable[[Method], Method]) -> None:
    """Replaces the method `name` by `around(the original)`."""
    setattr(owner, name, around(getattr(owner, name)))


def replace_method(owner: type, name: str, method: Any) -> None:
    """Replaces the method `name`. Raises AttributeError if moto has no such method (any more)."""
    if not hasattr(owner, name):
        raise AttributeError(f"moto has no {owner.__name__}.{name} any more")
    setattr(owner, name, method)
