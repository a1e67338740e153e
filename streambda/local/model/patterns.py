"""Regular expressions of templates, matched within a time, and wildcards of policies. No I/O.

A template's expression meets what any client sends, and Python's `re` may need longer than the
universe lasts for `(a+)+b`. The package `regex` stops in time; its syntax is also nearer to that of
Java, which API Gateway uses. It is imported only for an API that has such an expression.
"""

import functools
from typing import Any

# For one text: API Gateway gives no number. A match that is fast takes microseconds.
MATCH_S = 0.1


class SlowPattern(Exception):
    """A match took longer than `MATCH_S`; its result is not known."""


def check_pattern(pattern: str) -> None:
    """Raises `ValueError` with one line for what is not a regular expression."""
    _compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole of `text` matches. Raises `SlowPattern` and `ValueError`."""
    try:
        return _compile(pattern).fullmatch(text, timeout=MATCH_S) is not None
    except TimeoutError as error:
        raise SlowPattern(f"{pattern!r} takes longer than {MATCH_S:g} s to match") from error


def matches_wildcards(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Of IAM: * is any number of characters, also none, and ? is one. In linear space, and a time
    of at most the product of both lengths."""
    if ignore_case:
        pattern, text = pattern.lower(), text.lower()
    at, begin, star, marked = 0, 0, -1, 0
    while begin < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, marked = at, begin
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", text[begin]}:
            at += 1
            begin += 1
        elif star >= 0:  # the last star takes one character more
            marked += 1
            at, begin = star + 1, marked
        else:
            return False
    return all(one == "*" for one in pattern[at:])


@functools.lru_cache(maxsize=256)
def _compile(pattern: str) -> Any:
    import regex

    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{pattern!r} is not a regular expression: {reason}") from error
