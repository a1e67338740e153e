"""One page of a list, as Lambda and API Gateway give it. No I/O."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from streambda.local.model.lambda_errors import AwsError, ErrorCode, fail_constraint

# Not with more digits: of thousands Python makes no number.
SIZE = re.compile(r"0*[1-9][0-9]{0,8}", re.ASCII)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How a service names the parts of a page in a query, and what it says of wrong ones."""

    marker: str
    size: str
    most: int
    default: int
    wrong_marker: tuple[ErrorCode, str]
    refuse_size: Callable[[str], AwsError]


def refuse_max_items(text: str) -> AwsError:
    return fail_constraint("maxItems", text, "have value greater than or equal to 1")


def refuse_limit(text: str) -> AwsError:
    message = f"Invalid limit {text!r}, expected a number of at least 1"
    return AwsError(ErrorCode.BAD_REQUEST, message)


# "ListFunctions returns a maximum of 50 items in each response, even if you set the number higher."
LAMBDA = Paging(
    marker="Marker",
    size="MaxItems",
    most=50,
    default=50,
    wrong_marker=(ErrorCode.INVALID_PARAMETER_VALUE, "Invalid marker value"),
    refuse_size=refuse_max_items,
)
# "The maximum number of returned results per page. The default value is 25 and the maximum 500."
API_GATEWAY = Paging(
    marker="position",
    size="limit",
    most=500,
    default=25,
    wrong_marker=(ErrorCode.BAD_REQUEST, "Invalid position parameter"),
    refuse_size=refuse_limit,
)


def take_page(
    items: Sequence[Item], query: Mapping[str, str], paging: Paging = LAMBDA
) -> tuple[list[Item], str | None]:
    """A page, and the marker of the next one. Raises `AwsError`."""
    start = read_marker(query.get(paging.marker), paging)
    count = min(read_size(query.get(paging.size), paging), paging.most)
    page = list(items[start : start + count])
    following = start + count
    return page, write_marker(following) if following < len(items) else None


def write_marker(start: int) -> str:
    return b64encode(f"from {start}".encode()).decode()


def read_marker(text: str | None, paging: Paging) -> int:
    if not text:
        return 0
    try:
        word, _, number = b64decode(text, validate=True).decode().partition(" ")
        if word == "from" and number.isdecimal():
            return int(number)
    except ValueError:
        pass
    raise AwsError(*paging.wrong_marker)


def read_size(text: str | None, paging: Paging) -> int:
    if text is None:
        return paging.default
    if SIZE.fullmatch(text):
        return int(text)
    raise paging.refuse_size(text)


def drop_missing(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without the members that have no value: SDKs take null for a mistake."""
    return {key: value for key, value in document.items() if value is not None}
