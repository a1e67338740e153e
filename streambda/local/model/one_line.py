"""Texts of others on one line: of exceptions, of requests, of what functions print. No I/O.

A terminal obeys what it is sent: an ESC that a function prints, or a client sends, can move the
cursor, hide what comes after, or change the title. Bidirectional overrides show a text in another
order than it has. So what is not plain text becomes visible, as Python writes it in a literal.
"""

import re

# C0 but the tab, DEL and C1; line and paragraph separators; what reorders text ("Trojan Source");
# surrogates, which no encoding can write.
NOT_PLAIN = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

MOST_ERROR_CHARS = 500


def escape_controls(text: str, encoding: str = "utf-8") -> str:
    """`text` on one line, without a character that a terminal obeys or `encoding` cannot write."""
    if not text.isprintable():
        text = NOT_PLAIN.sub(_escape, text)
    if text.isascii():
        return text
    try:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:  # no such encoding
        return text.encode("ascii", "backslashreplace").decode("ascii")


def describe_error(error: BaseException) -> str:
    """Type and message on one line; of a group the first error in it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    try:
        message = escape_controls(" ".join(str(error).split()))
    except Exception:  # whatever __str__ raises
        message = ""
    name = type(error).__name__
    return f"{name}: {message[:MOST_ERROR_CHARS]}" if message else name


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")
