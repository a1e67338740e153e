"""Which lines a filter pattern of CloudWatch Logs finds: words and phrases. No I/O.

"Filter pattern syntax for metric filters, subscription filters, and filter log events", CloudWatch
Logs user guide. Patterns of fields (`{ $.level = "ERROR" }`, `[ip, user]`) and regular expressions
(`%…%`) are refused.
"""

import re
from collections.abc import Callable

from streambda.local.model.lambda_errors import AwsError, ErrorCode

TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>[^\s"]+))\s*')
NOT_EMULATED = ("{", "[", "%")


def parse_filter_pattern(pattern: str) -> Callable[[str], bool]:
    """Whether a message is found. Raises `AwsError`."""
    pattern = pattern.strip()
    if pattern.startswith(NOT_EMULATED):
        raise AwsError(
            ErrorCode.INVALID_PARAMETER,
            f"filterPattern is {pattern!r}, expected words or phrases: no others are emulated",
        )
    terms: dict[str, list[str]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(pattern):
        term = TERM.match(pattern, at)
        if term is None:
            raise AwsError(ErrorCode.INVALID_PARAMETER, "Invalid filter pattern")
        phrase = term["phrase"]
        terms[term["sign"]].append(
            term["word"] if phrase is None else re.sub(r"\\(.)", r"\1", phrase)
        )
        at = term.end()
    # With a word that must be there, those that may be there change nothing.
    optional = terms["?"] if not terms[""] else []

    def find(message: str) -> bool:
        return (
            all(one in message for one in terms[""])
            and not any(one in message for one in terms["-"])
            and (not optional or any(one in message for one in optional))
        )

    return find
