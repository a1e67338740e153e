"""JSON of values that an application or a tool gives, which may hold what JSON has no form for."""

from __future__ import annotations

from ..json_codec import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INFINITE = (float("inf"), float("-inf"))


def encode_value(value: Any) -> str:
    """The JSON document of a value. As in JavaScript, a number that is none becomes null.

    Raises TypeError for what JSON has no form for, ValueError for what contains itself.
    """
    document = dumps(value).decode()
    if "NaN" in document or "Infinity" in document:  # Python's own words, at which clients break
        document = dumps(_replace_numbers(value)).decode()
    return document


def encode_output(output: Any) -> str:
    """What a tool gave, as text: a str as it is, all else as its JSON document."""
    return output if isinstance(output, str) else encode_value(output)


def _replace_numbers(value: Any) -> Any:
    if isinstance(value, float):
        return None if value != value or value in _INFINITE else value
    if isinstance(value, dict):
        return {name: _replace_numbers(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replace_numbers(item) for item in value]
    return value
