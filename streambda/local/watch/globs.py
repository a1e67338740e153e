"""Globs of cdk.json as regular expressions. No I/O.

`**` is any number of folders, `*` and `?` stay within one, and a folder stands for all in it.
"""

import re
from collections.abc import Iterable
from re import Pattern

PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
MEANING = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def any_of(globs: Iterable[str]) -> Pattern[str]:
    """Matches paths, relative to the app and with slashes, that one of `globs` means."""
    return re.compile("|".join(f"(?:{_expression(glob)})" for glob in globs) or "(?!)")


def _expression(glob: str) -> str:
    parts = PARTS.findall(glob.removeprefix("./").rstrip("/"))
    return "".join(MEANING.get(part, re.escape(part)) for part in parts) + "(?:/.*)?"
