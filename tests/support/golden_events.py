"""Golden events: documents in which a text that begins with "~" is a regular expression."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent.parent / "events" / "golden"


def read_golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))


def list_differences(expected: Any, actual: Any, path: str = "$") -> Iterator[str]:
    """One line for each field that is missing, is not in the golden event, or has another value."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in sorted(expected.keys() - actual.keys()):
            yield f"{path}.{name} is missing"
        for name in sorted(actual.keys() - expected.keys()):
            yield f"{path}.{name} is {actual[name]!r}, expected no such field"
        for name in sorted(expected.keys() & actual.keys()):
            yield from list_differences(expected[name], actual[name], f"{path}.{name}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, pair in enumerate(zip(expected, actual, strict=True)):
            yield from list_differences(*pair, f"{path}[{index}]")
    elif isinstance(expected, str) and expected.startswith("~"):
        if isinstance(actual, dict | list) or not re.fullmatch(expected[1:], str(actual)):
            yield f"{path} is {actual!r}, expected {expected[1:]}"
    elif (type(expected), expected) != (type(actual), actual):
        yield f"{path} is {actual!r}, expected {expected!r}"
