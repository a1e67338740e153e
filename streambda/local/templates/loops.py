"""Fn::ForEach: a part of a template for each value of a list. No I/O.

From "Fn::ForEach" in the CloudFormation template reference: ["Name", [values], {"Key${Name}": …}].
`${Name}` is the value, `&{Name}` the value without what no logical id may have.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

LOOP = "Fn::ForEach"
SUB = "Fn::Sub"
FORM = f"{LOOP} needs a list of three: a name, a list of values, and an object"

TextOf = Callable[[Any], str]  # of a value with intrinsic functions


def expand_loop(argument: Any, text: TextOf) -> Iterator[dict[str, Any]]:
    """The results of the loop, value by value; `text` gives the text of a value.

    Raises `ValueError`.
    """
    if not isinstance(argument, list) or len(argument) != 3:
        raise ValueError(FORM)
    name, values, fragment = argument
    if not isinstance(name, str) or not isinstance(fragment, dict):
        raise ValueError(FORM)
    for value in _list_values(values, text):
        yield _substitute(fragment, name, value)


def _list_values(values: Any, text: TextOf) -> Iterator[str]:
    """Of a list, or of a parameter that is one: its text has commas."""
    parts = values if isinstance(values, list) else [values]
    for part in parts:
        one = text(part)
        yield from one.split(",") if isinstance(part, dict) else [one]


def _substitute(part: Any, name: str, value: str) -> Any:
    if isinstance(part, str):
        short = re.sub(r"[^A-Za-z0-9]", "", value)
        return part.replace(f"${{{name}}}", value).replace(f"&{{{name}}}", short)
    if isinstance(part, list):
        return [_substitute(one, name, value) for one in part]
    if part == {"Ref": name}:
        return value
    if isinstance(part, dict):
        found = {
            _substitute(key, name, value): _substitute(one, name, value)
            for key, one in part.items()
        }
        # With nothing left to put in it is a text, which SAM wants in some places.
        text = found.get(SUB)
        return text if len(found) == 1 and isinstance(text, str) and "${" not in text else found
    return part
