"""How a method of moto is replaced: by a function that is given the one it replaces."""

from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


def wrap(owner: type, name: str, around: Callable[[Method], Method]) -> None:
    """Puts `around(what was there)` in the place of the method `name`."""
    setattr(owner, name, around(getattr(owner, name)))


def replace(owner: type, name: str, method: Any) -> None:
    """Puts `method` in the place of one that exists, so that a name moto drops is noticed."""
    if not hasattr(owner, name):
        raise AttributeError(f"moto has no {owner.__name__}.{name} any more")
    setattr(owner, name, method)
