"""A function's log: one line, and an invocation's last 4 KB for LogType Tail. No I/O."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

# LogResult: "the last 4 KB of the execution log", Invoke in the Lambda API reference.
TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of a function's log."""

    function: str
    request_id: str | None  # None outside of an invocation: a cold start, an endpoint
    text: str
    # The name of the environment's log stream; none outside of one.
    stream: str = field(default="", compare=False)


# Takes a line of one function, and the id of the invocation that printed it.
WriteLine = Callable[[str, str | None], None]


class LogTail:
    def __init__(self) -> None:
        self._tail = bytearray()

    def add(self, line: str) -> None:
        self._tail += line.encode("utf-8", "replace") + b"\n"
        del self._tail[:-TAIL_BYTES]

    def base64(self) -> str:
        return b64encode(self._tail).decode("ascii")
