"""Fields of a provider's event, which is an object of its package or the dict of its JSON."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get(value: Any, name: str) -> Any:
    """A field, or None where there is none."""
    if isinstance(value, dict):
        return value.get(name)
    return getattr(value, name, None)


def count(value: Any, name: str) -> int:
    """A number of tokens; 0 where it is missing."""
    found = get(value, name)
    return found if isinstance(found, int) else 0
