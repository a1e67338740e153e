"""The writer form of a handler, for code that writes and is not yours to turn into a generator.

    @streaming
    def handler(event, stream, context):
        stream.begin(HttpMetadata(media_type="text/csv"))
        export(rows, into=stream)

An async function gets an AsyncStreamWriter, whose methods are to be awaited.
"""

from __future__ import annotations

from _thread import RLock, get_ident

from .async_calls import is_async_function, run_sync
from .chunks import encode_chunk, is_text
from .connection import EarlyAnswer
from .errors import INVALID_HANDLER, STREAM_BEGUN, STREAM_BUSY, STREAM_CLOSED, RuntimeFault
from .exchange import REFUSED
from .replies import Reply, break_off
from .response import HttpMetadata
from .runtime_api import check_early_answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .chunks import Chunk
    from .exchange import Exchange, Outgoing
    from .handlers import Handler
    from .http11 import Data
    from .invocation import Context

    WritingHandler = Callable[[Any, Any, Context], Any]


def streaming(function: WritingHandler) -> Handler:
    """Makes a handler of a function `(event, stream, context)` that writes to the stream."""

    def handler(event: Any, context: Context) -> WriterReply:
        return WriterReply(function, event, context)

    handler.__name__ = getattr(function, "__name__", "handler")
    handler.__doc__ = function.__doc__
    handler.is_async = is_async_function(function)  # type: ignore[attr-defined]
    handler.__wrapped__ = function  # type: ignore[attr-defined]  # as functools.wraps does
    return handler


class WriterReply(Reply):
    """The call of a `@streaming` function with its stream, which is still to be made."""

    __slots__ = ("_context", "_event", "_function")

    def __init__(self, function: WritingHandler, event: Any, context: Context) -> None:
        self._function = function
        self._event = event
        self._context = context

    def send(self, exchange: Exchange) -> None:
        """Calls the function with its stream, and ends the response after it."""
        if is_async_function(self._function):
            from .aio import event_loop

            event_loop.run(self.serve_on_loop(exchange), exchange.variables)
        else:
            exchange.run(run_sync, self._call(StreamWriter(exchange)))

    async def serve_on_loop(self, exchange: Exchange) -> None:
        """As `send`, on the event loop that runs."""
        if not is_async_function(self._function):
            self.send(exchange)
            return
        from .aio.response_stream import AsyncResponseStream

        await self._call(AsyncStreamWriter(exchange, AsyncResponseStream))

    async def _call(self, writer: StreamWriter | AsyncStreamWriter) -> None:
        try:
            try:
                work = self._function(self._event, writer, self._context)
                if hasattr(work, "__await__"):
                    await _check_awaitable(work, writer)
            except BaseException as error:
                await writer.end(writer.find_cause(error))
            else:
                await writer.end()
        except EarlyAnswer as early:
            writer.refuse()
            check_early_answer(early)


class _Writer:
    """The stream of one response; `begin` is optional and comes first."""

    __slots__ = (
        "_exchange", "_form", "_last", "_metadata", "_out", "_refused", "bytes_written", "closed",
    )  # fmt: skip

    def __init__(
        self,
        exchange: Exchange,
        form: Callable[[Any], Outgoing] | None = None,
    ) -> None:
        self.bytes_written = 0
        self.closed = False  # true once the handler has returned, or the response is over
        self._refused = False
        self._exchange = exchange
        self._form = form
        self._out: Any = None  # Outgoing; for a blocking handler BlockingOutgoing
        self._metadata = HttpMetadata()
        self._last: Data | list[Data] = b""

    def find_cause(self, error: BaseException) -> BaseException:
        """What a cancellation comes from, if it is the handler of a signal; for the runtime."""
        return error

    def refuse(self) -> None:
        """Notes that the Runtime API has ended the response from its side; for the runtime only."""
        self.closed = self._refused = True
        self._exchange.outcome = REFUSED

    async def end(self, error: BaseException | None = None) -> None:
        """Ends the response when the handler has returned or raised; for the runtime only."""
        self.closed = True
        has_begun = self._out is not None
        if error is not None and not has_begun:
            self._exchange.fail(error)
            return
        if not has_begun:
            opening = self._open(self._metadata, b"", text=False)
            await self._out.put(opening)
        if error is None or self._refused:
            await self._exchange.end(self._out)
        else:
            await break_off(self._exchange, self._out, self._metadata, self._last, error)

    def _open(self, metadata: HttpMetadata, data: Data | list[Data], *, text: bool) -> list[Data]:
        """Opens the response; what is to be sent first: the prelude, if any, and `data`."""
        stream, opening = self._exchange.open(metadata, data, text=text)
        self._metadata = metadata
        self._out = stream if self._form is None else stream.adapt(self._form)
        return opening

    def _prepare_start(self, metadata: HttpMetadata | None) -> list[Data]:
        """What `begin` sends."""
        self._check_open()
        if self._out is not None:
            message = "begin was called after begin or write, expected once and first"
            raise RuntimeFault(STREAM_BEGUN, message)
        return self._open(metadata or self._metadata, b"", text=False)

    def _prepare(self, item: Chunk, data: Data | list[Data]) -> Data | list[Data]:
        """What is sent for an item whose bytes are `data`: nothing where HTTP has no body."""
        if self._out is None:
            return self._open(self._metadata, data, text=is_text(item))
        return data if self._exchange.allows_body(self._metadata) else b""

    def _count(self, data: Data | list[Data]) -> None:
        self._last = data
        self.bytes_written += sum(map(len, data)) if isinstance(data, list) else len(data)

    def _note_end(self, error: BaseException) -> None:
        """After a write that failed: whether the response is over."""
        if isinstance(error, EarlyAnswer):
            self.refuse()
        elif self._out.is_cut:
            self.closed = True

    def _check_open(self) -> None:
        if self.closed:
            message = "a write came after the end of the response"
            raise RuntimeFault(STREAM_CLOSED, message)


class StreamWriter(_Writer):
    """The stream that a blocking `@streaming` handler writes to.

    `bytes_written` counts what was written of the body; `closed` tells whether it is over. Threads
    may write: their chunks come one after the other, each whole.
    """

    __slots__ = ("_is_writing", "_lock")

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._lock = RLock()
        self._is_writing = False

    def begin(self, metadata: HttpMetadata | None = None) -> None:
        """Sends status, headers and cookies at once. Raises RuntimeFault if it is not the first."""
        with self._lock:
            self._check_turn()
            self._is_writing = True
            try:
                self._send(self._prepare_start(metadata))
            finally:
                self._is_writing = False

    def write(self, data: Chunk) -> None:
        """Sends bytes, str or a list of these at once. Raises RuntimeFault after the end."""
        with self._lock:
            self._check_turn()
            self._is_writing = True
            try:
                self._check_open()
                if encoded := encode_chunk(data):
                    self._send(self._prepare(data, encoded))
                    self._count(encoded)
            finally:
                self._is_writing = False

    def flush(self) -> None:
        """Does nothing: a write has left when it returns. For code that expects a file."""

    async def end(self, error: BaseException | None = None) -> None:
        """As in AsyncStreamWriter, after the writes of other threads; for the runtime only."""
        with self._lock:
            self.closed = True
        await super().end(error)

    def _check_turn(self) -> None:
        if self._is_writing:  # by this thread, which holds the lock
            message = "a write came within a write, as from the handler of a signal"
            raise RuntimeFault(STREAM_BUSY, message)

    def _send(self, data: Data | list[Data]) -> None:
        try:
            self._out.write(data)
        except BaseException as error:
            self._note_end(error)
            raise


class AsyncStreamWriter(_Writer):
    """As StreamWriter, for an async `@streaming` handler: every method is to be awaited.

    Tasks may write: their chunks come one after the other, each whole. Other threads may not.
    """

    __slots__ = ("_thread",)

    def __init__(self, exchange: Exchange, form: Callable[[Any], Outgoing]) -> None:
        super().__init__(exchange, form)
        self._thread = get_ident()

    async def begin(self, metadata: HttpMetadata | None = None) -> None:
        """Sends status, headers and cookies at once. Raises RuntimeFault if it is not the first."""
        self._check_thread()
        await self._send(self._prepare_start(metadata))

    async def write(self, data: Chunk) -> None:
        """Sends bytes, str or a list of these at once. Raises RuntimeFault after the end."""
        self._check_thread()
        self._check_open()
        if encoded := encode_chunk(data):
            await self._send(self._prepare(data, encoded))
            self._count(encoded)

    async def flush(self) -> None:
        """Does nothing: a write has left when it returns."""

    def find_cause(self, error: BaseException) -> BaseException:
        """What a cancellation comes from, if it is the handler of a signal; for the runtime."""
        from .aio import event_loop

        return event_loop.interruption or error

    def _check_thread(self) -> None:
        if get_ident() != self._thread:
            message = "a write came from another thread, expected the event loop's own"
            raise RuntimeFault(STREAM_BUSY, message)

    async def _send(self, data: Data | list[Data]) -> None:
        try:
            await self._out.put(data)
        except BaseException as error:
            self._note_end(error)
            raise


def _check_awaitable(work: Any, writer: StreamWriter | AsyncStreamWriter) -> Any:
    """What a handler gave to await, if it is one that gets an async stream."""
    if isinstance(writer, AsyncStreamWriter):
        return work
    if hasattr(work, "close"):
        work.close()  # a coroutine that is never awaited warns
    message = f"a handler that is not an async def returned a {type(work).__name__} to be awaited"
    raise RuntimeFault(INVALID_HANDLER, message)
