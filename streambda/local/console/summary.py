"""One line about an invocation, kept up to date event by event. No I/O."""

from dataclasses import dataclass

from streambda.local.console.events import (
    Began,
    Beyond,
    Chunk,
    Ended,
    PreludeRead,
    TimelineEvent,
)


@dataclass(slots=True, kw_only=True)
class Summary:
    """What a list of invocations shows. The page's run.js counts the same way."""

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
    beyond_chunks: int = 0
    beyond_bytes: int = 0

    @classmethod
    def of(cls, began: Began) -> "Summary":
        return cls(
            request_id=began.request_id,
            function=began.function,
            endpoint=began.endpoint,
            title=began.title,
            started_at_ms=began.started_at_ms,
        )

    def take(self, event: TimelineEvent) -> None:
        match event:
            case Chunk():
                self.chunks += 1
                self.bytes += event.bytes
                if self.first_byte_ms is None:
                    self.first_byte_ms = event.at_ms
            case Beyond():
                self.beyond_chunks, self.beyond_bytes = event.chunks, event.bytes
            case PreludeRead():
                self.status = event.status
            case Ended():
                self.outcome, self.ended_ms = event.outcome, event.at_ms
