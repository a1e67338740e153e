"""What a timeline is made of: one value per thing that happened to an invocation. No I/O.

This is all that the page gets to know: `to_json` of each, in order, numbered from 0 without a gap.
`at_ms` counts from the moment at which the endpoint started the invocation.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    kind: ClassVar[str]

    at_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Began(TimelineEvent):
    """An endpoint has started the invocation; always the first event, at 0 ms."""

    kind = "began"

    request_id: str
    function: str
    endpoint: str  # a value of `cloud.EndpointKind`
    title: str  # method and path of an HTTP request; empty for Lambda's API
    started_at_ms: int  # since 1970
    event: str  # as the function gets it, cut to `recording.MOST_EVENT_BYTES`
    event_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(TimelineEvent):
    """An environment has taken the invocation; what came before was the wait for it."""

    kind = "started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart(TimelineEvent):
    """That environment was a new one; told with its report, behind the end mostly."""

    kind = "cold-start"

    init_ms: float  # how long its init phase took


@dataclass(frozen=True, slots=True, kw_only=True)
class Head(TimelineEvent):
    """The runtime has begun its answer."""

    kind = "head"

    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreludeRead(TimelineEvent):
    kind = "prelude"

    bytes: int  # the eight NUL bytes behind it included
    status: int
    headers: Pairs
    cookies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreludeBad(TimelineEvent):
    """The answer is labelled as one with a prelude, and has none that can be read."""

    kind = "bad-prelude"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk(TimelineEvent):
    """Bytes of the body, as the endpoint took them."""

    kind = "chunk"

    bytes: int
    first: str  # its first `recording.MOST_FIRST_BYTES` bytes; \\xNN where they are no UTF-8


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine(TimelineEvent):
    """A line of the function's log; there may be some after the end."""

    kind = "log"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond(TimelineEvent):
    """What is counted and no longer kept. Totals: the last one of an invocation counts."""

    kind = "beyond"

    chunks: int
    bytes: int
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(TimelineEvent):
    """The endpoint has read the invocation's end."""

    kind = "ended"

    outcome: str  # completed, failed or timed-out
    code: str | None = None  # of the failure, as InvokeComplete has it
    details: str | None = None
    trailers: bool = False  # the failure was told behind the body of a response


def to_json(event: TimelineEvent) -> dict[str, Any]:
    """Field by field: `dataclasses.asdict` would copy what is frozen anyway."""
    values = {one.name: getattr(event, one.name) for one in fields(event)}
    return {"kind": event.kind, **values}
