"""One invocation's events, up to limits. What comes after a limit is only counted."""

import time
from collections.abc import Callable, Sequence

from streambda.local.console.invocation_summary import InvocationSummary
from streambda.local.console.original_request import find_original_request
from streambda.local.console.timeline_events import (
    ChunkRead,
    ColdStartReported,
    ExecutionStarted,
    InvocationBegan,
    InvocationEnded,
    LogLinePrinted,
    PreludeInvalid,
    PreludeRead,
    ProtocolRemark,
    ResponseAnswered,
    ResponseBegan,
    TimelineEvent,
    UnrecordedTotals,
)
from streambda.local.http.headers import REQUEST_ID, merge_headers
from streambda.local.http.prelude import PreludeError, PreludeReader, is_prelude_type
from streambda.local.invocation import failures
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.lifecycle import State
from streambda.local.invocation.stream import InvocationRequest, ResponseHead
from streambda.local.model.endpoints import EndpointKind
from streambda.local.model.platform_reports import InvocationStart, PlatformReport, cold_start_s

MAX_EVENT_BYTES = 64 * 1024
MAX_CHUNKS = 2000
MAX_FIRST_BYTES = 64
MAX_LOG_LINES = 500
MAX_LINE_CHARS = 2000
MAX_DETAILS_CHARS = 8192

# A fast stream must not cost a message for each chunk that is only counted.
TOTALS_INTERVAL_MS = 100.0

OUTCOMES = {State.COMPLETED: "completed", State.TIMED_OUT: "timed-out"}

# Codes of failures that the local cloud found by itself; a runtime names its own in the trailers.
LOCAL_CODES = frozenset({failures.UNHANDLED, failures.ErrorType.TRUNCATED_RESPONSE})

Publish = Callable[["Recording", TimelineEvent], None]


class Recording:
    """Observes the stream of one invocation (`StreamObserver`).

    Args:
        endpoint: The kind of endpoint that invoked the function.
        publish: Called with each event, before it counts in `event_count`.
        prelude_limit: How many bytes a prelude may have; None for any number.
        clock: Gives seconds.
        started_at_ms: Since 1970; now by default.
    """

    def __init__(
        self,
        request: InvocationRequest,
        function: str,
        endpoint: str,
        publish: Publish,
        *,
        prelude_limit: int | None,
        clock: Callable[[], float] = time.perf_counter,
        started_at_ms: int | None = None,
    ) -> None:
        self._clock = clock
        self._zero = clock()
        self._publish = publish
        self._prelude_limit = prelude_limit
        self._prelude_reader: PreludeReader | None = None  # while a prelude is to come
        self._prelude_bytes = 0
        self._response_began = False
        self._lines = 0
        self._unrecorded = UnrecordedCounter()
        event = request.event[:MAX_EVENT_BYTES].decode("utf-8", "replace")
        original = find_original_request(endpoint, event)
        self.began = InvocationBegan(
            at_ms=0.0,
            request_id=request.request_id,
            function=function,
            endpoint=endpoint,
            title=original.title if original else "",
            started_at_ms=int(time.time() * 1000) if started_at_ms is None else started_at_ms,
            event=event,
            event_bytes=len(request.event),
        )
        self.summary = InvocationSummary.of(self.began)
        self.event_count = 0  # published so far; also the number of the next event
        self._events: list[TimelineEvent] = []
        self._add(self.began)

    @property
    def events(self) -> list[TimelineEvent]:
        """All recorded events, and the last totals of what was only counted."""
        totals = self._unrecorded.last_totals
        return [*self._events, *([totals] if totals else [])]

    def observe_head(self, head: ResponseHead) -> None:
        self._response_began = True
        if is_prelude_type(head.content_type):
            self._prelude_reader = PreludeReader(self._prelude_limit)
        self._add(ResponseBegan(at_ms=self._now_ms(), content_type=head.content_type))

    def observe_chunk(self, data: bytes) -> None:
        body = self._read_prelude(self._prelude_reader, data) if self._prelude_reader else data
        if not body:
            return
        if self.summary.chunks >= MAX_CHUNKS:
            self._unrecorded.add_chunk(len(body))
            self._publish_totals()
            return
        first = body[:MAX_FIRST_BYTES].decode("utf-8", "backslashreplace")
        self._add(ChunkRead(at_ms=self._now_ms(), bytes=len(body), first=first))

    def observe_response(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        # Lambda's API answers 200 however the function ends: its State says that.
        own = (REQUEST_ID, self.began.request_id.encode()) in headers
        if own and self.began.endpoint != EndpointKind.LAMBDA_API and status != self.summary.status:
            self._add(ResponseAnswered(at_ms=self._now_ms(), status=status))

    def observe_log_line(self, line: str) -> None:
        self._lines += 1
        if self._lines > MAX_LOG_LINES:
            self._unrecorded.add_line()
            self._publish_totals(at_once=self.summary.ended_ms is not None)
        else:
            self._add(LogLinePrinted(at_ms=self._now_ms(), text=line[:MAX_LINE_CHARS]))

    def observe_remark(self, text: str) -> None:
        self._add(ProtocolRemark(at_ms=self._now_ms(), text=text))

    def observe_report(self, report: PlatformReport) -> None:
        if isinstance(report, InvocationStart):
            self._add(ExecutionStarted(at_ms=self._now_ms()))
        elif (init_s := cold_start_s(report)) is not None:
            self._add(ColdStartReported(at_ms=self._now_ms(), init_ms=round(init_s * 1000, 2)))

    def observe_end(self, state: State, failure: Failure | None) -> None:
        if self.summary.ended_ms is not None:
            return
        if self._prelude_reader:
            self._end_prelude(self._prelude_reader)
        self._publish_totals(at_once=True)
        self._add(self._create_end(state, failure))

    def _create_end(self, state: State, failure: Failure | None) -> InvocationEnded:
        outcome = OUTCOMES.get(state, "failed")
        if failure is None:
            return InvocationEnded(at_ms=self._now_ms(), outcome=outcome)
        return InvocationEnded(
            at_ms=self._now_ms(),
            outcome=outcome,
            code=failure.code,
            details=failure.details[:MAX_DETAILS_CHARS] if failure.details else None,
            trailers=self._response_began and failure.code not in LOCAL_CODES,
        )

    def _read_prelude(self, reader: PreludeReader, data: bytes) -> bytes:
        """Returns the bytes that belong to the body."""
        self._prelude_bytes += len(data)
        try:
            body = reader.feed(data)
        except PreludeError as error:
            self._reject_prelude(error)
            return data
        if prelude := reader.prelude:
            self._prelude_reader = None
            self._add(
                PreludeRead(
                    at_ms=self._now_ms(),
                    bytes=self._prelude_bytes - len(body),
                    status=prelude.status,
                    headers=merge_headers(prelude),
                    cookies=prelude.cookies,
                )
            )
        return body

    def _end_prelude(self, reader: PreludeReader) -> None:
        try:
            reader.end()
        except PreludeError as error:
            self._reject_prelude(error)

    def _reject_prelude(self, error: PreludeError) -> None:
        self._prelude_reader = None
        self._add(PreludeInvalid(at_ms=self._now_ms(), reason=str(error)))

    def _publish_totals(self, *, at_once: bool = False) -> None:
        # New totals replace the old ones, so they are not among the recorded events.
        if totals := self._unrecorded.take_totals(self._now_ms(), at_once=at_once):
            self._count_and_publish(totals)

    def _add(self, event: TimelineEvent) -> None:
        self._events.append(event)
        self._count_and_publish(event)

    def _count_and_publish(self, event: TimelineEvent) -> None:
        self.summary.add(event)
        self._publish(self, event)
        self.event_count += 1

    def _now_ms(self) -> float:
        return round((self._clock() - self._zero) * 1000, 2)


class UnrecordedCounter:
    """Counts what comes after a limit, and gives the totals from time to time."""

    def __init__(self) -> None:
        self._chunks = self._bytes = self._lines = 0
        self._changed = False
        self.last_totals: UnrecordedTotals | None = None

    def add_chunk(self, size: int) -> None:
        self._chunks += 1
        self._bytes += size
        self._changed = True

    def add_line(self) -> None:
        self._lines += 1
        self._changed = True

    def take_totals(self, now_ms: float, *, at_once: bool) -> UnrecordedTotals | None:
        """The totals if they have changed, and if the last ones are old enough or `at_once`."""
        last = self.last_totals
        early = last is not None and now_ms - last.at_ms < TOTALS_INTERVAL_MS
        if not self._changed or (early and not at_once):
            return None
        self._changed = False
        self.last_totals = UnrecordedTotals(
            at_ms=now_ms, chunks=self._chunks, bytes=self._bytes, lines=self._lines
        )
        return self.last_totals
