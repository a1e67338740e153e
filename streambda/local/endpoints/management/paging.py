"""One page of a list, as Lambda and API Gateway give it. No I/O."""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from streambda.local.model.lambda_errors import AwsError, ErrorCode

# Not with more digits: of thousands Python makes no number.
SIZE = re.compile(r"0*[1-9][0-9]{0,8}", re.ASCII)

Item = TypeVar("Item")


def take_page(
    items: Sequence[Item],
    query: Mapping[str, str],
    *,
    marker: str = "Marker",
    size: str = "MaxItems",
    most: int = 50,
) -> tuple[list[Item], str | None]:
    """A page, and the marker of the next one. Raises `AwsError`.

    Args: `marker` and `size` are names in the query; `most` is how many items a page may have.
    """
    start = read_marker(query.get(marker))
    count = min(read_size(query.get(size), most), most)
    page = list(items[start : start + count])
    following = start + count
    return page, write_marker(following) if following < len(items) else None


def write_marker(start: int) -> str:
    return b64encode(f"from {start}".encode()).decode()


def read_marker(text: str | None) -> int:
    if not text:
        return 0
    try:
        word, _, number = b64decode(text, validate=True).decode().partition(" ")
        if word == "from" and number.isdecimal():
            return int(number)
    except ValueError:
        pass
    raise AwsError(ErrorCode.INVALID_PARAMETER_VALUE, "Invalid marker value")


def read_size(text: str | None, most: int) -> int:
    if text is None:
        return most
    if SIZE.fullmatch(text):
        return int(text)
    message = f"Value {text!r} at 'maxItems' failed to satisfy constraint: Member must have value"
    raise AwsError(ErrorCode.INVALID_PARAMETER_VALUE, f"{message} greater than or equal to 1")


def drop_missing(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without the members that have no value: SDKs take null for a mistake."""
    return {key: value for key, value in document.items() if value is not None}
