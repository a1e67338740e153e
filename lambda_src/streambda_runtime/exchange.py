"""One invocation and its response: how it opens, how it ends, and how an early failure is reported.

Two protocols stand for what is outside: `InvocationSource`, where invocations come from, and
`ResponseSink`, where a response goes. `RuntimeApi` is both; `testing` has a sink of its own.
"""

from __future__ import annotations

import sys

from . import connection
from .errors import ErrorReport
from .logs import log_error
from .response import BYTES, PRELUDE_TYPE, TEXT, check_field_value, check_latin, encode_prelude

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context
    from typing import Any, Protocol, TypeVar

    T = TypeVar("T")

    from .http11 import Data
    from .http_event import HttpEvent
    from .invocation import Invocation
    from .platform.cors import Cors
    from .platform.metrics import Meter
    from .response import HttpMetadata

    class InvocationSource(Protocol):
        """Where invocations come from."""

        def next(self) -> Invocation:
            """Waits for an invocation. Raises RuntimeApiError when there will be none."""

    class Outgoing(Protocol):
        """A streamed response on its way: `put` chunks, then `end` it."""

        @property
        def is_cut(self) -> bool:
            """Whether the connection was closed within a chunk."""

        @property
        def has_begun(self) -> bool:
            """Whether anything has left."""

        async def put(self, data: Data | list[Data]) -> None: ...
        async def end(self, report: ErrorReport | None = None) -> bool: ...

    class BlockingOutgoing(Outgoing, Protocol):
        """As a sink opens it: `put` never suspends, and `write` is the same as a plain call."""

        meter: Meter | None

        def write(self, data: Data | list[Data]) -> None: ...
        def adapt(self, form: Callable[[Any], Outgoing]) -> Outgoing:
            """The same response in a form that does not block an event loop."""

    class ResponseSink(Protocol):
        """Where the response to an invocation goes: one call of one of these."""

        def respond(self, invocation: Invocation, payload: bytes) -> bool: ...
        def stream(self, invocation: Invocation, content_type: str) -> BlockingOutgoing: ...
        def error(self, invocation: Invocation, report: ErrorReport) -> None: ...
        def abandon(self) -> None: ...


# How an invocation ended.
COMPLETE = "complete"
ERROR = "error"
DEADLINE = "deadline"
REFUSED = "refused"

# The handler asked for the process to end: the caller is told first, then it ends.
ENDS_THE_PROCESS = (SystemExit, KeyboardInterrupt)


cors: Cors | None = None  # set at the start of a function that has one

_ran_without = False  # whether an invocation has run outside of a context of its own


def _make_variables() -> Context | None:
    """The context variables of a new invocation: those of the start of the environment."""
    global _ran_without
    # `contextvars` makes them, and `decimal`, from C. Until one of them is loaded there is none to
    # keep apart, and to load the first of them takes 0.1 ms of a cold start.
    if "_contextvars" not in sys.modules and "_decimal" not in sys.modules:
        _ran_without = True
        return None
    from _contextvars import Context, copy_context

    # The start has set none then, and those that are set now are another invocation's.
    return Context() if _ran_without else copy_context()


class Exchange:
    """What the parts of the path share about the invocation that they serve."""

    __slots__ = (
        "_forks", "_is_answered", "_out", "_sink", "_variables", "http_event", "invocation",
        "meter", "outcome",
    )  # fmt: skip

    def __init__(self, sink: ResponseSink, invocation: Invocation) -> None:
        self._sink = sink
        self._forks = connection.forks
        self.invocation = invocation
        self._variables = _make_variables()
        self.meter: Meter | None = None
        self.outcome = COMPLETE
        self._out: BlockingOutgoing | None = None
        self._is_answered = False
        self.http_event: HttpEvent | None = None  # None before it is read, and on a direct invoke

    @property
    def variables(self) -> Context:
        """The context variables of handler, stream, `finally` blocks and background work."""
        if self._variables is None:
            from _contextvars import copy_context

            self._variables = copy_context()  # with those that this invocation has set by now
        return self._variables

    def run(self, function: Callable[..., T], *args: object) -> T:
        """Calls a function with the context variables of this invocation."""
        if self._variables is None and "_contextvars" not in sys.modules:
            return function(*args)
        return self.variables.run(function, *args)

    def allows_body(self, metadata: HttpMetadata) -> bool:
        """False where HTTP has no body: 204, 205, 304, and the response to HEAD."""
        return self.http_event is None or self.http_event.allows_body(metadata.status_code)

    def open(
        self, metadata: HttpMetadata, first: Data | list[Data], *, text: bool
    ) -> tuple[BlockingOutgoing, list[Data]]:
        """The response, and what to put into it first: the prelude, if any, and the first chunk.

        Raises RuntimeFault when the metadata cannot be sent; nothing has been sent then.
        """
        default_type = TEXT if text else BYTES
        opening: list[Data] = list(first) if isinstance(first, list) else [first] if first else []
        if self.http_event is None:
            content_type = check_field_value("content-type", metadata.media_type or default_type)
            check_latin(content_type)
            return self._stream(content_type), opening
        if cors is not None:
            metadata = cors.complete(metadata, self.http_event)
        prelude = encode_prelude(metadata, default_type, self.http_event.version)
        return self._stream(PRELUDE_TYPE), [prelude, *opening]

    def respond(self, payload: bytes) -> None:
        """Sends a whole response, not streamed."""
        self.note_response(self._sink.respond(self.invocation, payload), payload)

    def note_response(self, is_accepted: bool, payload: bytes) -> None:
        """Notes that a whole response was sent, and whether it was accepted."""
        self._is_answered = True
        if not is_accepted:
            self.outcome = REFUSED
        elif self.meter is not None:
            self.meter.count(len(payload))

    async def end(self, out: Outgoing) -> bool:
        """Ends a complete response; whether it was accepted."""
        accepted = await out.end()
        if not accepted:
            self.outcome = REFUSED
        return accepted

    def fail(self, error: BaseException) -> None:
        """Reports an error before the first byte; called where it is being handled."""
        self.check_process(error)
        self.outcome = ERROR
        report = ErrorReport.of(error)
        try:
            self._sink.error(self.invocation, report)
            self._is_answered = True
        finally:
            log_report(report, error)  # after it was reported: the log may be broken too
        raise_if_exit(error)

    def abandon(self, error: BaseException) -> None:
        """Gives up what was being sent, for it was interrupted, as by the handler of a signal.

        The error is reported if no response had begun.
        """
        if error is _reported:
            raise error  # it is to end the process
        self.check_process(error)
        self.outcome = ERROR
        self._sink.abandon()
        if self._is_answered or (self._out is not None and self._out.has_begun):
            log_failure(error)
        else:
            self.fail(error)

    def check_process(self, error: BaseException | None = None) -> None:
        """Ends a process that the handler has forked: only the parent answers the invocation.

        `error` is what the handler has raised there, and decides the exit status as in any Python.
        """
        if self._forks != connection.forks:
            connection.exit_fork(error)

    def _stream(self, content_type: str) -> BlockingOutgoing:
        stream = self._sink.stream(self.invocation, content_type)
        stream.meter = self.meter
        self._out = stream
        return stream


_reported: BaseException | None = None  # the last error that was


def log_report(report: ErrorReport, error: BaseException) -> None:
    """Writes the report of an error to the log, and remembers that this was done."""
    global _reported
    _reported = error
    log_error(report)


def log_exception(error: BaseException) -> None:
    """Writes an error to the log that cannot be reported otherwise."""
    log_report(ErrorReport.of(error), error)


def log_failure(error: BaseException) -> None:
    """As `log_exception`; what is to end the process is raised again."""
    log_exception(error)
    raise_if_exit(error)


def raise_if_exit(error: BaseException) -> None:
    """Raises again what is to end the process."""
    if isinstance(error, ENDS_THE_PROCESS):
        raise error
