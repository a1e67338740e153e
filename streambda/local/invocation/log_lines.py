"""One line of a function's log, and what it belongs to."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    function: str
    request_id: str | None  # None outside of an invocation: a cold start, an endpoint
    text: str


# Gets a line of one function and the invocation that it was printed in.
Say = Callable[[str, str | None], None]
