"""Sends a response: prelude and first chunk, chunks as they come, then the end or the error.

Written once for blocking and for async handlers: what differs is how chunks are pulled and sent,
and that is the business of `source` and of the ResponseStream. With a blocking source nothing here
ever suspends, so `completed` runs it without an event loop.
"""

from __future__ import annotations

from .connection import EarlyAnswer
from .errors import RuntimeApiError
from .exchange import logged, obey
from .runtime_api import early_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, Protocol, TypeVar

    from .exchange import Exchange
    from .http11 import Data
    from .response import HttpMetadata, StreamingResponse
    from .runtime_api import ResponseStream

    T = TypeVar("T")

    class Source(Protocol):
        """Where chunks come from."""

        text: bool
        last: Data | list[Data]

        async def first(self) -> Data | list[Data]: ...
        async def pump(self, out: ResponseStream) -> None: ...
        async def aclose(self) -> None: ...


async def deliver(
    exchange: Exchange,
    response: StreamingResponse,
    source_of: Callable[..., Source],
    out_of: Callable[[ResponseStream], ResponseStream],
) -> bool:
    """The whole answer to an invocation; whether it was complete and accepted.

    Until the first chunk an error is still a real 5xx.
    """
    try:
        source = source_of(response.content)
    except BaseException as error:
        exchange.fail(error)
        return False
    try:
        try:
            wanted = exchange.takes_a_body(response)
            first = await source.first() if wanted else b""
            stream, opening = exchange.opened(response, first, text=source.text)
        except BaseException as error:
            exchange.fail(error)
            return False
        out = out_of(stream)
        return await _send(exchange, response, source if wanted else None, out, opening)
    finally:
        await _close(source)


async def _send(
    exchange: Exchange,
    response: StreamingResponse,
    source: Source | None,
    out: ResponseStream,
    opening: list[Data],
) -> bool:
    """Whether the response was complete and accepted."""
    try:
        await out.put(opening)
        try:
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
        exchange.ended = "refused"
        early_end(early)
        return False


async def break_off(
    exchange: Exchange,
    out: ResponseStream,
    metadata: HttpMetadata,
    last: Data | list[Data],
    error: BaseException,
) -> None:
    """Ends a response that has begun with the error that came; `last` is the last chunk sent."""
    exchange.ended = "error"
    report = logged(error)
    if exchange.http_event is not None and metadata.error_frame:
        from .streams.error_frame import last_frame  # needed on errors only

        await out.put(last_frame(metadata, last, report, exchange.invocation.request_id))
    await out.end(report)
    obey(error)


async def _close(source: Source) -> None:
    # The response is over: an error of a `finally` block can only be logged.
    try:
        await source.aclose()
    except BaseException as error:
        logged(error)
        obey(error)


def blocking(out: ResponseStream) -> ResponseStream:
    """The response as it is, whose writes block; its counterpart is `aio.asynchronous`."""
    return out


def completed(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("a blocking source has suspended")  # which none of ours does
