"""One invocation's bytes on their way from the Runtime API to an endpoint.

The writer waits while the reader has not taken what lies here: that is the back-pressure between
a slow client and the function. A reader whose client left goes on reading and throws away, so the
function runs to its end as it does on AWS.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Protocol

from streambda.local.faults.distortion import Distortion
from streambda.local.invocation.lifecycle import (
    Failure,
    InvocationRequest,
    Lifecycle,
    ResponseHead,
    State,
    Step,
)
from streambda.local.invocation.log_tail import LogTail
from streambda.local.model.platform_reports import PlatformReport

# One read of a socket. More would only hide a slow client from the function for longer.
MOST_WAITING_BYTES = 64 * 1024


class StreamObserver(Protocol):
    """Sees one invocation without being part of it; its methods return at once."""

    def observe_head(self, head: ResponseHead) -> None:
        """The runtime has begun its response."""

    def observe_chunk(self, data: bytes) -> None:
        """The endpoint has taken some bytes."""

    def observe_end(self, state: State, failure: Failure | None) -> None:
        """The endpoint has read the end, perhaps more than once."""

    def observe_log_line(self, line: str) -> None:
        """A line of the log; some may come after the end."""

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
        self.distortion: Distortion | None = None  # set before the first byte, or never
        # Set when the environment is free again: the function's last log line is in by then.
        self.released = asyncio.Event()
        self._head: ResponseHead | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    # What the Runtime API and the environment do.

    def hand_out(self, deadline_ms: int) -> None:
        self.lifecycle.take(Step.HAND_OUT)
        distortion = self.distortion
        self.deadline_ms = distortion.deadline_ms(deadline_ms) if distortion else deadline_ms

    def respond(self, head: ResponseHead) -> None:
        self.lifecycle.take(Step.RESPOND)
        self._head = head
        if self.observer is not None:
            self.observer.observe_head(head)
        self._news.set()

    async def write(self, data: bytes) -> None:
        """Hands on some bytes; returns when there is room for more, or nobody wants more."""
        if self.lifecycle.ended:
            return
        self.put(data)
        if self._waiting_bytes >= MOST_WAITING_BYTES:
            self._room.clear()
        await self._room.wait()

    def put(self, data: bytes) -> None:
        """Hands on bytes that are here already, however many."""
        self._waiting.extend(self.distortion.pieces(data) if self.distortion else (data,))
        self._waiting_bytes += len(data)
        self._news.set()

    def log(self, line: str) -> None:
        """Takes a line that was printed in this invocation."""
        self.logs.add(line)
        if self.observer is not None:
            self.observer.observe_log_line(line)

    def announce(self, report: PlatformReport) -> None:
        """Takes what the platform reports of this invocation; its lines come through `log`."""
        if self.observer is not None:
            self.observer.observe_report(report)

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
            step, failure = self.distortion.end(self.lifecycle.state, step, failure)
        self.lifecycle.take(step)
        self.failure = failure
        self._news.set()
        self._room.set()

    # What an endpoint does.

    async def head(self) -> ResponseHead | None:
        """The head of the response, or None when the invocation failed without one."""
        while self._head is None and not self.lifecycle.ended:
            await self._next_news()
        if self._head is None:
            self._observe_end()
        return self._head

    async def next_chunk(self) -> bytes | None:
        """The next bytes, or None at the end; `failure` tells which end it was."""
        while not self._waiting:
            if self.lifecycle.ended:
                self._observe_end()
                return None
            await self._next_news()
        data = self._waiting.popleft()
        self._waiting_bytes -= len(data)
        if self._waiting_bytes < MOST_WAITING_BYTES:
            self._room.set()
        if self.observer is not None:
            self.observer.observe_chunk(data)
        return data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (data := await self.next_chunk()) is not None:
            yield data

    def _observe_end(self) -> None:
        if self.observer is not None:
            self.observer.observe_end(self.lifecycle.state, self.failure)

    async def _next_news(self) -> None:
        await self._news.wait()
        self._news.clear()
