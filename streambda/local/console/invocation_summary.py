"""The numbers of one invocation that a list shows, brought up to date with each event. No I/O."""

from dataclasses import dataclass

from streambda.local.console.timeline_events import (
    ChunkRead,
    InvocationBegan,
    InvocationEnded,
    PreludeRead,
    ResponseAnswered,
    TimelineEvent,
    UnrecordedTotals,
)


@dataclass(slots=True, kw_only=True)
class InvocationSummary:
    """What the list of invocations shows. `page/invocation.js` counts in the same way."""

    request_id: str
    function: str
    endpoint: str
    title: str
    started_at_ms: int
    status: int | None = None
    first_byte_ms: float | None = None
    ended_ms: float | None = None
    outcome: str = "running"
    chunks: int = 0
    bytes: int = 0
    unrecorded_chunks: int = 0
    unrecorded_bytes: int = 0

    @classmethod
    def of(cls, began: InvocationBegan) -> "InvocationSummary":
        return cls(
            request_id=began.request_id,
            function=began.function,
            endpoint=began.endpoint,
            title=began.title,
            started_at_ms=began.started_at_ms,
        )

    def add(self, event: TimelineEvent) -> None:
        match event:
            case ChunkRead():
                self.chunks += 1
                self.bytes += event.bytes
                if self.first_byte_ms is None:
                    self.first_byte_ms = event.at_ms
            case UnrecordedTotals():
                self.unrecorded_chunks, self.unrecorded_bytes = event.chunks, event.bytes
            case PreludeRead() | ResponseAnswered():
                self.status = event.status
            case InvocationEnded():
                self.outcome, self.ended_ms = event.outcome, event.at_ms
