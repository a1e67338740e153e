"""What a timeline is made of: one value for each thing that happened to an invocation. No I/O.

The page gets `to_json` of each, in order, numbered from 0 without a gap, and nothing else. The
kinds are described in docs/console.md; `page/invocation.js` reads them.
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
class InvocationBegan(TimelineEvent):
    """An endpoint has started the invocation. This is always the first event, at 0 ms."""

    kind = "began"

    request_id: str
    function: str
    endpoint: str  # the kind: a value of `EndpointKind`
    title: str  # method and path of an HTTP request; empty for Lambda's API
    started_at_ms: int  # since 1970
    event: str  # as the function gets it, cut to `recording.MAX_EVENT_BYTES`
    event_bytes: int

    @property
    def has_whole_event(self) -> bool:
        """Whether the event was short enough to be kept as it is, and can be sent again."""
        return len(self.event.encode()) == self.event_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionStarted(TimelineEvent):
    """An execution environment has taken the invocation. Before that, the invocation waited."""

    kind = "started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStartReported(TimelineEvent):
    """The invocation had a cold start. The platform reports it, mostly after the end."""

    kind = "cold-start"

    init_ms: float  # how long the init phase took


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseBegan(TimelineEvent):
    """The runtime has begun its response."""

    kind = "response"

    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreludeRead(TimelineEvent):
    kind = "prelude"

    bytes: int  # with the eight NUL bytes behind it
    status: int
    headers: Pairs
    cookies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAnswered(TimelineEvent):
    """The endpoint has begun a response with a status that is not from a prelude."""

    kind = "answered"

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreludeInvalid(TimelineEvent):
    """The content type promises a prelude, but none can be read."""

    kind = "invalid-prelude"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRead(TimelineEvent):
    """Bytes of the body, as the endpoint read them."""

    kind = "chunk"

    bytes: int
    first: str  # the first `recording.MAX_FIRST_BYTES` bytes; \\xNN for those that are not UTF-8


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLinePrinted(TimelineEvent):
    """A line of the function's log. Some lines may come after the end."""

    kind = "log"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRemark(TimelineEvent):
    """The runtime does something that AWS passes over in silence, such as trailers in the body."""

    kind = "remark"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrecordedTotals(TimelineEvent):
    """How much was only counted because the recording is full. The last one is valid."""

    kind = "unrecorded"

    chunks: int
    bytes: int
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationEnded(TimelineEvent):
    """The endpoint has read the end of the invocation."""

    kind = "ended"

    outcome: str  # completed, failed or timed-out
    code: str | None = None  # of the failure, as in InvokeComplete
    details: str | None = None
    trailers: bool = False  # whether the failure came in the trailers of a response


def to_json(event: TimelineEvent) -> dict[str, Any]:
    """Field by field: `dataclasses.asdict` would copy what is frozen anyway."""
    values = {one.name: getattr(event, one.name) for one in fields(event)}
    return {"kind": event.kind, **values}
