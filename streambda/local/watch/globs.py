"""Compiles globs of cdk.json to a regular expression. No I/O.

`**` is any number of folders, `*` and `?` stay within one, and a folder means all that is in it.
"""

import re
from collections.abc import Iterable
from re import Pattern

PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
MEANING = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def compile_globs(globs: Iterable[str]) -> Pattern[str]:
    """Matches paths that one of `globs` means: relative to the app, with slashes."""
    return re.compile("|".join(f"(?:{_translate(glob)})" for glob in globs) or "(?!)")


def _translate(glob: str) -> str:
    parts = PARTS.findall(glob.removeprefix("./").rstrip("/"))
    return "".join(MEANING.get(part, re.escape(part)) for part in parts) + "(?:/.*)?"
