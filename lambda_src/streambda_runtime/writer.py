"""The writer form of a handler, for code that writes and is not yours to turn into a generator.

    @streaming
    def handler(event, stream, context):
        stream.begin(HttpMetadata(media_type="text/csv"))
        export(rows, into=stream)

An async function gets an AsyncStreamWriter, whose methods are to be awaited.
"""

from __future__ import annotations

from .async_calls import is_async_function
from .chunks import encoded, is_text
from .connection import EarlyAnswer
from .delivery import blocking, break_off, completed
from .errors import RuntimeFault
from .handlers import Written
from .response import HttpMetadata
from .runtime_api import early_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .chunks import Chunk
    from .exchange import Exchange
    from .handlers import Handler, WritingHandler
    from .http11 import Data
    from .invocation import Context
    from .runtime_api import ResponseStream


def streaming(function: WritingHandler) -> Handler:
    """Makes a handler of a function `(event, stream, context)` that writes to the stream."""

    def handler(event: Any, context: Context) -> Written:
        return Written(function, event, context)

    handler.__name__ = getattr(function, "__name__", "handler")
    handler.__doc__ = function.__doc__
    handler.__wrapped__ = function  # type: ignore[attr-defined]  # as functools.wraps does
    return handler


class _Writer:
    """The stream of one response; `begin` is optional and comes first."""

    __slots__ = ("_exchange", "_last", "_metadata", "_out", "_out_of", "bytes_written", "closed")

    def __init__(
        self, exchange: Exchange, out_of: Callable[[ResponseStream], ResponseStream]
    ) -> None:
        self.bytes_written = 0
        self.closed = False  # true once the handler has returned, or the response was refused
        self._exchange = exchange
        self._out_of = out_of
        self._out: ResponseStream | None = None
        self._metadata = HttpMetadata()
        self._last: Data | list[Data] = b""

    async def _begin(self, metadata: HttpMetadata | None) -> None:
        self._check_open()
        if self._out is not None:
            message = "begin was called after begin or write, expected once and first"
            raise RuntimeFault("Runtime.StreamBegun", message)
        await self._open(metadata or self._metadata, b"", text=False)

    async def _write(self, item: Chunk) -> None:
        self._check_open()
        data = encoded(item)
        if not data:
            return
        if self._out is None:
            await self._open(self._metadata, data, text=is_text(item))
        elif self._exchange.takes_a_body(self._metadata):
            await self._put(data)
        self._last = data
        self.bytes_written += sum(map(len, data)) if isinstance(data, list) else len(data)

    async def _open(self, metadata: HttpMetadata, data: Data | list[Data], *, text: bool) -> None:
        stream, opening = self._exchange.opened(metadata, data, text=text)
        self._metadata = metadata
        self._out = self._out_of(stream)
        await self._put(opening)

    async def _put(self, data: Data | list[Data]) -> None:
        assert self._out is not None
        try:
            await self._out.put(data)
        except EarlyAnswer:
            self.closed = True
            raise

    def _check_open(self) -> None:
        if self.closed:
            message = "a write came after the end of the response"
            raise RuntimeFault("Runtime.StreamClosed", message)

    def refused(self) -> None:
        """Notes that the Runtime API has ended the response from its side; for the runtime only."""
        self._exchange.ended = "refused"

    async def end(self, error: BaseException | None = None) -> None:
        """Ends the response when the handler has returned or raised; for the runtime only."""
        refused, self.closed = self.closed, True
        if error is not None and self._out is None:
            self._exchange.fail(error)
            return
        if self._out is None:
            await self._open(self._metadata, b"", text=False)
        assert self._out is not None
        if error is None or refused:
            await self._exchange.end(self._out)
        else:
            await break_off(self._exchange, self._out, self._metadata, self._last, error)


class StreamWriter(_Writer):
    """The stream that a blocking `@streaming` handler writes to.

    `bytes_written` counts what was written of the body; `closed` tells whether it is over.
    """

    __slots__ = ()

    def begin(self, metadata: HttpMetadata | None = None) -> None:
        """Sends status, headers and cookies at once. Raises RuntimeFault if it is not the first."""
        completed(self._begin(metadata))

    def write(self, data: Chunk) -> None:
        """Sends bytes, str or a list of these at once. Raises RuntimeFault after the end."""
        completed(self._write(data))

    def flush(self) -> None:
        """Does nothing: a write has left when it returns. For code that expects a file."""


class AsyncStreamWriter(_Writer):
    """As StreamWriter, for an async `@streaming` handler: every method is to be awaited."""

    __slots__ = ()

    async def begin(self, metadata: HttpMetadata | None = None) -> None:
        """Sends status, headers and cookies at once. Raises RuntimeFault if it is not the first."""
        await self._begin(metadata)

    async def write(self, data: Chunk) -> None:
        """Sends bytes, str or a list of these at once. Raises RuntimeFault after the end."""
        await self._write(data)

    async def flush(self) -> None:
        """Does nothing: a write has left when it returns."""


def write_through(exchange: Exchange, written: Written) -> None:
    """Calls a `@streaming` handler with its stream, and ends the response after it."""
    if is_async_function(written.function):
        from .aio import event_loop

        event_loop.run(_driven(written, AsyncStreamWriter(exchange, event_loop.asynchronous)))
    else:
        completed(_driven(written, StreamWriter(exchange, blocking)))


async def _driven(written: Written, writer: StreamWriter | AsyncStreamWriter) -> None:
    try:
        try:
            work = written.function(written.event, writer, written.context)
            if hasattr(work, "__await__"):
                await _permitted(work, writer)
        except BaseException as error:
            await writer.end(error)
        else:
            await writer.end()
    except EarlyAnswer as early:
        writer.refused()
        early_end(early)


def _permitted(work: Any, writer: StreamWriter | AsyncStreamWriter) -> Any:
    """What a handler gave to await, if it is one that gets an async stream."""
    if isinstance(writer, AsyncStreamWriter):
        return work
    if hasattr(work, "close"):
        work.close()  # a coroutine that is never awaited warns
    message = f"a handler that is no async def returned a {type(work).__name__} to be awaited"
    raise RuntimeFault("Runtime.InvalidHandler", message)
