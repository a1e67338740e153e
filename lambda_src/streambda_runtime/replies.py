"""What a handler's result becomes: a reply, which sends itself as the response to its invocation.

A WholeReply is one document. A StreamReply sends a prelude and the first chunk, chunks as they
come, then the end or the error. The third kind, WriterReply, is in writer.py.

Streams are sent by the same code for blocking and for async handlers: a source of chunks and a form
of the response make the difference. With a blocking source nothing here ever suspends, so
`run_sync` runs it without an event loop.
"""

from __future__ import annotations

from .async_calls import await_result, run_sync
from .chunks import ChunkSource
from .connection import EarlyAnswer
from .errors import ErrorReport, RuntimeApiError
from .exchange import ERROR, REFUSED, log_failure, log_report, raise_if_exit
from .response import check_metadata
from .runtime_api import check_early_answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from .exchange import Exchange, Outgoing
    from .http11 import Data
    from .response import HttpMetadata, StreamingResponse

    class Source(Protocol):
        """Where chunks come from."""

        text: bool
        last: Data | list[Data]

        async def read_first(self) -> Data | list[Data]: ...
        async def pump(self, out: Any) -> None: ...
        async def aclose(self) -> None: ...


class Reply:
    """The response to one invocation, which is still to be sent."""

    __slots__ = ()

    def send(self, exchange: Exchange) -> None:
        """Sends all of it. A failure of the handler is reported, and not raised."""
        raise NotImplementedError


class WholeReply(Reply):
    """One document, sent at once."""

    __slots__ = ("payload",)

    def __init__(self, payload: bytes) -> None:
        self.payload = payload

    def send(self, exchange: Exchange) -> None:
        """Sends the document."""
        exchange.respond(self.payload)


class StreamReply(Reply):
    """A stream whose chunks come from an iterable or from an async iterable."""

    __slots__ = ("response",)

    def __init__(self, response: StreamingResponse) -> None:
        self.response = response

    def send(self, exchange: Exchange) -> None:
        """Sends chunk after chunk; the background work follows a complete response."""
        response = self.response
        if hasattr(response.content, "__aiter__"):
            from .aio import event_loop
            from .aio.response_stream import AsyncResponseStream
            from .aio.source import AsyncChunkSource

            delivery = deliver(exchange, response, AsyncChunkSource, AsyncResponseStream)
            complete = event_loop.run(delivery, exchange.variables)
        else:
            delivery = deliver(exchange, response, ChunkSource, None)
            complete = exchange.run(run_sync, delivery)
        if complete and response.background is not None:
            _run_background(response.background, exchange)


async def deliver(
    exchange: Exchange,
    response: StreamingResponse,
    make_source: Callable[..., Source],
    form: Callable[[Any], Outgoing] | None,
) -> bool:
    """The whole response to an invocation; whether it was complete and accepted.

    Until the first chunk an error is still a real 5xx.
    """
    try:
        source = make_source(response.content)
    except BaseException as error:
        exchange.fail(error)
        return False
    try:
        try:
            if response.headers or response.cookies:
                check_metadata(response)  # before the source starts, whose work would be lost
            has_body = exchange.allows_body(response)
            first = await source.read_first() if has_body else b""
            stream, opening = exchange.open(response, first, text=source.text)
        except BaseException as error:
            exchange.fail(error)
            return False
        out: Outgoing = stream if form is None else stream.adapt(form)
        return await _send(exchange, response, source if has_body else None, out, opening)
    finally:
        await _close(source)


async def _send(
    exchange: Exchange,
    response: StreamingResponse,
    source: Source | None,
    out: Outgoing,
    opening: list[Data],
) -> bool:
    """Whether the response was complete and accepted."""
    try:
        try:
            await out.put(opening)
            if source is not None:
                await source.pump(out)
        except (EarlyAnswer, RuntimeApiError):
            raise
        except BaseException as error:
            last = b"" if source is None else source.last
            await break_off(exchange, out, response, last, error)
            return False
        return await exchange.end(out)
    except EarlyAnswer as early:
        exchange.outcome = REFUSED
        check_early_answer(early)
        return False


async def break_off(
    exchange: Exchange,
    out: Outgoing,
    metadata: HttpMetadata,
    last: Data | list[Data],
    error: BaseException,
) -> None:
    """Ends a response that has begun with the error that came; `last` is the last chunk sent."""
    if not out.has_begun and not out.is_cut:
        exchange.fail(error)  # it came before the first byte after all: a signal's, say
        return
    exchange.check_process(error)
    exchange.outcome = ERROR
    report = ErrorReport.of(error)
    try:
        has_frame = exchange.http_event is not None and metadata.error_frame
        if has_frame and exchange.allows_body(metadata):
            await out.put(_make_error_frame(metadata, last, report, exchange))
        await out.end(report)
    finally:
        log_report(report, error)  # after it was reported: the log may be broken too
    raise_if_exit(error)


def _make_error_frame(
    metadata: HttpMetadata, last: Data | list[Data], report: ErrorReport, exchange: Exchange
) -> bytes:
    try:
        from .streams.error_frame import encode_error_frame  # needed on errors only
    except Exception:  # no descriptor is left to read it with, say: the trailers tell too
        return b""
    return encode_error_frame(metadata, last, report, exchange.invocation.request_id)


async def _close(source: Source) -> None:
    # The response is over: an error of a `finally` block can only be logged.
    try:
        await source.aclose()
    except BaseException as error:
        log_failure(error)


def _run_background(background: Callable[[], object], exchange: Exchange) -> None:
    try:
        await_result(exchange.run(background), exchange)
    except BaseException as error:
        log_failure(error)
