"""The newest lines of every function's log, as CloudWatch Logs keeps all of them. No I/O."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from streambda.local.invocation.log_lines import LogLine

# Of one function. The oldest lines make room for new ones.
MAX_GROUP_BYTES = 1024 * 1024

# "each event has a size of its message in UTF-8, plus 26 bytes", PutLogEvents in the CloudWatch
# Logs API reference.
EVENT_OVERHEAD_BYTES = 26


@dataclass(frozen=True, slots=True)
class LogEvent:
    """Args:
    number: Of all lines of all functions, from 1 on.
    at_ms: Since 1970.
    stream: The name of the log stream: each environment has one.
    message: With the line's end, as Lambda writes it.
    """

    number: int
    at_ms: int
    stream: str
    message: str

    @property
    def size(self) -> int:
        return len(self.message.encode("utf-8", "replace")) + EVENT_OVERHEAD_BYTES


class LogGroups:
    """Args: `clock` gives seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._count = 0
        self._events: dict[str, deque[LogEvent]] = {}
        self._sizes: dict[str, int] = {}

    def add(self, line: LogLine) -> None:
        self._count += 1
        event = LogEvent(self._count, int(self._clock() * 1000), line.stream, f"{line.text}\n")
        events = self._events.setdefault(line.function, deque())
        events.append(event)
        size = self._sizes.get(line.function, 0) + event.size
        while size > MAX_GROUP_BYTES and len(events) > 1:
            size -= events.popleft().size
        self._sizes[line.function] = size

    def list_events(self, function: str) -> Iterator[LogEvent]:
        """Of a function by its name, oldest first."""
        return iter(self._events.get(function, ()))

    def count_bytes(self, function: str) -> int:
        return self._sizes.get(function, 0)

    def list_streams(self, function: str) -> Mapping[str, list[LogEvent]]:
        """The events of each log stream, in the order of the streams' first lines."""
        found: dict[str, list[LogEvent]] = {}
        for event in self.list_events(function):
            found.setdefault(event.stream, []).append(event)
        return found
