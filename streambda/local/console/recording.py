"""One invocation's events, within bounds: what is beyond them is counted, and not kept."""

import time
from collections.abc import Callable

from streambda.local.console.events import (
    Began,
    Chunk,
    ColdStart,
    Ended,
    Head,
    LogLine,
    PreludeBad,
    PreludeRead,
    Started,
    TimelineEvent,
)
from streambda.local.console.original_request import original
from streambda.local.console.overflow import Overflow
from streambda.local.console.platform_lines import init_ms, tells_start
from streambda.local.console.summary import Summary
from streambda.local.http.headers import merged
from streambda.local.http.prelude import PreludeError, PreludeReader, is_prelude_type
from streambda.local.invocation import failures
from streambda.local.invocation.lifecycle import Failure, InvocationRequest, ResponseHead, State

MOST_EVENT_BYTES = 64 * 1024
MOST_CHUNKS = 2000
MOST_FIRST_BYTES = 64
MOST_LOG_LINES = 500
MOST_LINE_CHARS = 2000
MOST_DETAILS_CHARS = 8192

OUTCOMES = {State.COMPLETED: "completed", State.TIMED_OUT: "timed-out"}

# Codes of failures that the local cloud found by itself; a runtime names its own in the trailers.
OURS = frozenset({failures.UNHANDLED, failures.TRUNCATED_RESPONSE})

Tell = Callable[["Recording", TimelineEvent], None]


class Recording:
    """Args: `tell` is called with each event, and `clock` gives seconds."""

    def __init__(
        self,
        request: InvocationRequest,
        function: str,
        endpoint: str,
        tell: Tell,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._clock = clock
        self._zero = clock()
        self._tell = tell
        self._reader: PreludeReader | None = None
        self._prelude_bytes = 0
        self._answered = False
        self._lines = 0
        self._overflow = Overflow()
        event = request.event[:MOST_EVENT_BYTES].decode("utf-8", "replace")
        seen = original(endpoint, event)
        self.began = Began(
            at_ms=0.0,
            request_id=request.request_id,
            function=function,
            endpoint=endpoint,
            title=seen.title if seen else "",
            started_at_ms=int(time.time() * 1000),
            event=event,
            event_bytes=len(request.event),
        )
        self.summary = Summary.of(self.began)
        self.told = 0  # events so far, each of which has this as its number
        self._kept: list[TimelineEvent] = []
        self._add(self.began)

    @property
    def events(self) -> list[TimelineEvent]:
        """All that is kept, and the last totals of the rest."""
        return [*self._kept, *([self._overflow.told] if self._overflow.told else [])]

    def observe_head(self, head: ResponseHead) -> None:
        self._answered = True
        content_type = head.content_type
        if is_prelude_type(content_type):
            self._reader = PreludeReader()
        self._add(Head(at_ms=self._now(), content_type=content_type))

    def observe_chunk(self, data: bytes) -> None:
        body = self._read_prelude(data) if self._reader else data
        if not body:
            return
        if self.summary.chunks >= MOST_CHUNKS:
            self._overflow.chunk(len(body))
            self._tell_totals()
            return
        first = body[:MOST_FIRST_BYTES].decode("utf-8", "backslashreplace")
        self._add(Chunk(at_ms=self._now(), bytes=len(body), first=first))

    def observe_log_line(self, line: str) -> None:
        if tells_start(line):
            self._add(Started(at_ms=self._now()))
        if (took_ms := init_ms(line)) is not None:
            self._add(ColdStart(at_ms=self._now(), init_ms=took_ms))
        self._lines += 1
        if self._lines > MOST_LOG_LINES:
            self._overflow.line()
            self._tell_totals(at_once=self.summary.ended_ms is not None)
        else:
            self._add(LogLine(at_ms=self._now(), text=line[:MOST_LINE_CHARS]))

    def observe_end(self, state: State, failure: Failure | None) -> None:
        if self.summary.ended_ms is not None:
            return
        if self._reader:
            self._end_prelude(self._reader)
        self._tell_totals(at_once=True)
        self._add(self._end(state, failure))

    def _end(self, state: State, failure: Failure | None) -> Ended:
        outcome = OUTCOMES.get(state, "failed")
        if failure is None:
            return Ended(at_ms=self._now(), outcome=outcome)
        return Ended(
            at_ms=self._now(),
            outcome=outcome,
            code=failure.code,
            details=failure.details[:MOST_DETAILS_CHARS] if failure.details else None,
            trailers=self._answered and failure.code not in OURS,
        )

    def _read_prelude(self, data: bytes) -> bytes:
        """Returns what belongs to the body."""
        assert self._reader is not None, "asked only while there is a prelude to come"
        self._prelude_bytes += len(data)
        try:
            body = self._reader.feed(data)
        except PreludeError as error:
            self._give_up(error)
            return data
        if self._reader.prelude:
            prelude, self._reader = self._reader.prelude, None
            self._add(
                PreludeRead(
                    at_ms=self._now(),
                    bytes=self._prelude_bytes - len(body),
                    status=prelude.status,
                    headers=merged(prelude),
                    cookies=prelude.cookies,
                )
            )
        return body

    def _end_prelude(self, reader: PreludeReader) -> None:
        try:
            reader.end()
        except PreludeError as error:
            self._give_up(error)

    def _give_up(self, error: PreludeError) -> None:
        self._reader = None
        self._add(PreludeBad(at_ms=self._now(), reason=str(error)))

    def _tell_totals(self, *, at_once: bool = False) -> None:
        # Totals replace each other, so none of them is among what is kept.
        if totals := self._overflow.totals(self._now(), at_once=at_once):
            self._pass_on(totals)

    def _add(self, event: TimelineEvent) -> None:
        self._kept.append(event)
        self._pass_on(event)

    def _pass_on(self, event: TimelineEvent) -> None:
        self.summary.take(event)
        self._tell(self, event)
        self.told += 1

    def _now(self) -> float:
        return round((self._clock() - self._zero) * 1000, 2)
