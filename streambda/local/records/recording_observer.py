"""Sees one invocation, and makes a record of it at its end.

Lines of the log that come after the end belong to the next moment, and are not in the record.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from streambda.local.http.headers import REQUEST_ID
from streambda.local.http.prelude import DocumentReader, PreludeError, is_prelude_type
from streambda.local.invocation.failures import Failure
from streambda.local.invocation.lifecycle import State
from streambda.local.invocation.stream import InvocationRequest, ResponseHead
from streambda.local.model.endpoints import EndpointKind
from streambda.local.model.platform_reports import PlatformReport
from streambda.local.records.masks import mask_document
from streambda.local.records.record import (
    Chunk,
    Content,
    End,
    InvocationRecord,
    LoggedLine,
    Omitted,
    Outcome,
    encode_pieces,
)
from streambda.local.records.secret_texts import mask_printed

# Of one invocation. What comes after is only counted: a record is kept in memory until the end.
MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_CHUNKS = 100_000
MAX_LINES = 10_000
MAX_LOG_CHARS = 8 * 1024 * 1024

OUTCOMES: Mapping[State, Outcome] = {State.COMPLETED: "completed", State.TIMED_OUT: "timed-out"}


class RecordingObserver:
    """A `StreamObserver`.

    Args:
        endpoint: The kind of endpoint that invoked the function.
        keep: Gets this observer when the invocation has ended, once. If the function failed, its
            response begins in the same step of the loop: in the next one the status is known.
        prelude_limit: How many bytes a prelude may have; None for any number.
        masked: Whether secrets are replaced. Those of the event are when the record is made.
        clock: Gives seconds.
    """

    def __init__(
        self,
        request: InvocationRequest,
        function: str,
        endpoint: str,
        keep: Callable[["RecordingObserver"], None],
        *,
        prelude_limit: int | None,
        masked: bool = True,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.request = request
        self.masked = masked
        self._function = function
        self._endpoint = endpoint
        self._keep: Callable[[RecordingObserver], None] | None = keep
        self._prelude_limit = prelude_limit
        self._clock = clock
        self._zero = clock()
        self._started_at_ms = int(time.time() * 1000)
        self._status: int | None = None
        self._content_type: str | None = None
        self._head: DocumentReader | None = None  # while a prelude is to come
        self._prelude: Chunk | None = None
        self._chunks: list[tuple[float, bytes]] = []
        self._bytes = 0
        self._lines: list[LoggedLine] = []
        self._chars = 0  # of these
        self._omitted = Omitted()
        self._end: End | None = None

    def observe_head(self, head: ResponseHead) -> None:
        self._content_type = head.content_type
        if is_prelude_type(head.content_type):
            self._head = DocumentReader(self._prelude_limit)

    def observe_chunk(self, data: bytes) -> None:
        body = data if self._head is None else self._read_prelude(self._head, data)
        if not body:
            return
        is_full = self._bytes + len(body) > MAX_BODY_BYTES or len(self._chunks) >= MAX_CHUNKS
        # Nothing after a gap, where a small chunk might still find room.
        if is_full or self._omitted.chunks:
            self._omit(chunks=1, size=len(body))
            return
        self._bytes += len(body)
        self._chunks.append((self._now_ms(), body))

    def observe_response(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        # Lambda's API answers 200 however the function ends: its outcome says that.
        own = (REQUEST_ID, self.request.request_id.encode()) in headers
        if own and self._endpoint != EndpointKind.LAMBDA_API:
            self._status = status

    def observe_log_line(self, line: str) -> None:
        if self._keep is None:
            return
        is_full = self._chars + len(line) > MAX_LOG_CHARS or len(self._lines) >= MAX_LINES
        if is_full or self._omitted.lines:
            self._omit(lines=1)
            return
        self._chars += len(line)
        text = mask_printed(line) if self.masked else line
        self._lines.append(LoggedLine(at_ms=self._now_ms(), text=text))

    def observe_remark(self, text: str) -> None:
        self.observe_log_line(f"warning: {text}")

    def observe_report(self, report: PlatformReport) -> None:
        """It is in the log."""

    def observe_end(self, state: State, failure: Failure | None) -> None:
        keep, self._keep = self._keep, None
        if keep is None:
            return
        if self._head and self._head.seen:  # a prelude without its end
            self._chunks.insert(0, (self._now_ms(), bytes(self._head.seen)))
        self._end = End(
            at_ms=self._now_ms(),
            outcome=OUTCOMES.get(state, "failed"),
            code=failure.code if failure else None,
            details=self._mask_details(failure.details if failure else None),
        )
        keep(self)

    def make_record(self) -> InvocationRecord:
        """Of an invocation that has ended."""
        event = self.request.event
        record = self._make_record(mask_document(event) if self.masked else event)
        return record.model_copy(update={"chunks": tuple(self._list_chunks())})

    def encode_record(self, event: bytes) -> Iterator[bytes]:
        """The line of a file, in pieces of which none takes long.

        Args: `event` is that of the request, without its secrets if it is to have none.
        """
        yield from encode_pieces(self._make_record(event), self._list_chunks())

    def _list_chunks(self) -> Iterator[Chunk]:
        return (Chunk.at(at_ms, data) for at_ms, data in self._chunks)

    def _make_record(self, event: bytes) -> InvocationRecord:
        """Without its chunks, and not validated: all of it is made here."""
        assert self._end is not None, "ended"
        return InvocationRecord.model_construct(
            request_id=self.request.request_id,
            function=self._function,
            endpoint=self._endpoint,
            started_at_ms=self._started_at_ms,
            masked=self.masked,
            event=Content.of(event),
            status=self._status,
            content_type=self._content_type,
            prelude=self._prelude,
            log=tuple(self._lines),
            omitted=None if self._omitted == Omitted() else self._omitted,
            end=self._end,
        )

    def _read_prelude(self, head: DocumentReader, data: bytes) -> bytes:
        """The bytes that belong to the body."""
        try:
            body = head.feed(data)
        except PreludeError:
            self._head = None  # there is none: all of it is what the function sent
            return bytes(head.seen)
        if (document := head.document) is not None:
            self._head = None
            self._prelude = Chunk.at(
                self._now_ms(), mask_document(document) if self.masked else document
            )
        return body

    def _mask_details(self, details: str | None) -> str | None:
        return mask_printed(details) if details and self.masked else details

    def _omit(self, *, chunks: int = 0, size: int = 0, lines: int = 0) -> None:
        before = self._omitted
        self._omitted = Omitted(
            chunks=before.chunks + chunks, bytes=before.bytes + size, lines=before.lines + lines
        )

    def _now_ms(self) -> float:
        return round((self._clock() - self._zero) * 1000, 2)
