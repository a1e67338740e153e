"""One invocation, and its response on the way from the Runtime API to an endpoint.

The writer waits while the reader has not read what is buffered here: that is the back-pressure
between a slow client and the function. A reader whose client has left reads on and discards, so
that the function runs to its end as it does on AWS.
"""

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from streambda.local.invocation.failures import Failure, change_details
from streambda.local.invocation.lifecycle import Lifecycle, State, Step
from streambda.local.invocation.log_lines import LogTail
from streambda.local.model.one_line import describe_error
from streambda.local.model.platform_reports import PlatformReport

logger = logging.getLogger("streambda.local")

# One read of a socket. More would only hide a slow client from the function for longer.
MAX_BUFFERED_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationRequest:
    """What an endpoint asks of a function."""

    request_id: str
    function_arn: str
    event: bytes
    trace_id: str
    client_context: str | None = None
    cognito_identity: str | None = None
    tenant_id: str | None = None
    waits: bool = False  # for an environment, where another is refused: it is asynchronous
    # A nonce per attempt, which a runtime sends back with its response.
    invocation_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHead:
    """What the runtime says before the first byte."""

    content_type: str


class ResponseDistortion(Protocol):
    """Changes a response on its way, as faults do."""

    def shift_deadline(self, deadline_ms: int) -> int:
        """The deadline that the runtime gets in place of `deadline_ms`."""

    def split(self, data: bytes) -> Iterable[bytes]:
        """The same bytes in other pieces, none of them empty."""

    def change_end(
        self, state: State, step: Step, failure: Failure | None
    ) -> tuple[Step, Failure | None]:
        """The end that the endpoint sees in place of `step` and `failure`."""


# Of the request that is being answered: takes the status and headers of its response. Set where an
# invocation begins, so that whoever watches that hears of the response wherever it is made.
observe_response: ContextVar[Callable[[int, Sequence[tuple[bytes, bytes]]], None] | None]
observe_response = ContextVar("observe_response", default=None)


class StreamObserver(Protocol):
    """Sees one invocation without being part of it; its methods return at once."""

    def observe_head(self, head: ResponseHead) -> None:
        """The runtime has begun its response."""

    def observe_chunk(self, data: bytes) -> None:
        """The endpoint has taken some bytes."""

    def observe_end(self, state: State, failure: Failure | None) -> None:
        """The endpoint has read the end, perhaps more than once."""

    def observe_response(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """An endpoint begins its response, perhaps to another invocation of the same request."""

    def observe_log_line(self, line: str) -> None:
        """A line of the log; some may come after the end."""

    def observe_remark(self, text: str) -> None:
        """What the runtime does that a client cannot see, and its author should know."""

    def observe_report(self, report: PlatformReport) -> None:
        """The platform reports of this invocation, mostly after the end."""


class InvocationStream:
    def __init__(self, request: InvocationRequest) -> None:
        self.request = request
        self.observer: StreamObserver | None = None  # set before the invocation starts, or never
        self.lifecycle = Lifecycle()
        self.deadline_ms = 0
        self.failure: Failure | None = None
        self.logs = LogTail()
        self.log_remark: Callable[[str], None] = lambda text: None  # set when it is handed out
        self.show_paths: Callable[[str], str] = str  # set when it is handed out
        # Nothing ends it for taking long: somebody looks at it in a debugger.
        self.untimed = False
        self.distortion: ResponseDistortion | None = None  # set when `observer` is, or never
        # Set when the environment is free again: the function's last log line is in by then.
        self.released = asyncio.Event()
        # By the monotonic clock: when the response began, and when the invocation ended.
        self.responded_s: float | None = None
        self.ended_s: float | None = None
        self.produced_bytes = 0
        self._head: ResponseHead | None = None
        self._buffer: deque[bytes] = deque()
        self._buffered_bytes = 0
        self._changed = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()

    # What the Runtime API and the environment do.

    def hand_out(self, deadline_ms: int) -> None:
        self.lifecycle.take(Step.HAND_OUT)
        distortion = self.distortion
        self.deadline_ms = distortion.shift_deadline(deadline_ms) if distortion else deadline_ms

    def respond(self, head: ResponseHead) -> None:
        self.lifecycle.take(Step.RESPOND)
        self.responded_s = time.monotonic()
        self._head = head
        self._observe(lambda observer: observer.observe_head(head))
        self._changed.set()

    async def write(self, data: bytes) -> None:
        """Takes some bytes; returns when there is room for more, or the invocation has ended."""
        if self.lifecycle.ended:
            return
        self.put(data)
        if self._buffered_bytes >= MAX_BUFFERED_BYTES:
            self._has_room.clear()
        await self._has_room.wait()

    def put(self, data: bytes) -> None:
        """Takes any number of bytes, at once."""
        self._buffer.extend(self.distortion.split(data) if self.distortion else (data,))
        self._buffered_bytes += len(data)
        self.produced_bytes += len(data)
        self._changed.set()

    def log(self, line: str) -> None:
        """Takes a line that was printed in this invocation."""
        self.logs.add(line)
        self._observe(lambda observer: observer.observe_log_line(line))

    def remark(self, text: str) -> None:
        """Takes what its runtime does that AWS passes over in silence."""
        self.log_remark(text)
        self._observe(lambda observer: observer.observe_remark(text))

    def announce(self, report: PlatformReport) -> None:
        """Takes what the platform reports of this invocation; its lines come through `log`."""
        self._observe(lambda observer: observer.observe_report(report))

    def complete(self) -> None:
        self._end(Step.COMPLETE, None)

    def report(self, failure: Failure) -> None:
        self._end(Step.REPORT, failure)

    def fail(self, failure: Failure) -> None:
        self._end(Step.FAIL, failure)

    def time_out(self, failure: Failure) -> None:
        self._end(Step.TIME_OUT, failure)

    def _end(self, step: Step, failure: Failure | None) -> None:
        if self.distortion:
            step, failure = self.distortion.change_end(self.lifecycle.state, step, failure)
        self.lifecycle.take(step)
        self.ended_s = time.monotonic()
        self.failure = change_details(failure, self.show_paths) if failure else None
        self._changed.set()
        self._has_room.set()

    # What an endpoint does.

    async def read_head(self) -> ResponseHead | None:
        """The head of the response, or None when the invocation failed without one."""
        while self._head is None and not self.lifecycle.ended:
            await self._wait_for_change()
        if self._head is None:
            self._observe_end()
        return self._head

    async def read_chunk(self) -> bytes | None:
        """The next bytes, or None at the end; then `failure` is set or the response is complete."""
        while not self._buffer:
            if self.lifecycle.ended:
                self._observe_end()
                return None
            await self._wait_for_change()
        data = self._buffer.popleft()
        self._buffered_bytes -= len(data)
        if self._buffered_bytes < MAX_BUFFERED_BYTES:
            self._has_room.set()
        if self.observer is not None:  # not through _observe: this is done for every chunk
            try:
                self.observer.observe_chunk(data)
            except Exception as error:
                self._dismiss_observer(error)
        return data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (data := await self.read_chunk()) is not None:
            yield data

    def _observe_end(self) -> None:
        self._observe(lambda observer: observer.observe_end(self.lifecycle.state, self.failure))

    def _observe(self, tell: Callable[[StreamObserver], None]) -> None:
        if self.observer is not None:
            try:
                tell(self.observer)
            except Exception as error:
                self._dismiss_observer(error)

    def _dismiss_observer(self, error: Exception) -> None:
        """Who looks on must not change what happens; one that fails sees no more."""
        self.observer = None
        logger.error("an invocation is not recorded any more: %s", describe_error(error))

    async def _wait_for_change(self) -> None:
        await self._changed.wait()
        self._changed.clear()
