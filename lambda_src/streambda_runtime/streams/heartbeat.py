"""Two guards around a source: against idle time-outs, and against the end of the invocation.

Both take blocking and async sources, and give a generator of the same kind.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
    from typing import Any, overload

    from ..chunks import Chunk
    from ..invocation import Context

    Seconds = Callable[[], float]  # until the guard acts
    GoesOn = Callable[[], bool]  # whether the source is waited for after that
else:  # typing costs an import, and says nothing at run time

    def overload(function):
        return function


@overload
def heartbeat(
    source: AsyncIterable[Chunk], interval: float, frame: Chunk
) -> AsyncIterator[Chunk]: ...
@overload
def heartbeat(source: Iterable[Chunk], interval: float, frame: Chunk) -> Iterator[Chunk]: ...
def heartbeat(source: Any, interval: float, frame: Chunk) -> Any:
    """Yields the items of `source`, and `frame` whenever `interval` seconds bring none.

    A REST API cuts a stream that is silent for 5 minutes (regional) or 30 seconds (edge-optimised);
    proxies on the way may be less patient. `streambda_runtime.SSE_HEARTBEAT` is a frame that SSE
    clients ignore. Raises ValueError for an interval that is not above 0.
    """
    if not interval > 0:
        raise ValueError(f"interval is {interval!r}, expected seconds above 0")
    return _guarded(source, lambda: interval, frame, lambda: True)


@overload
def stop_before_deadline(
    source: AsyncIterable[Chunk], margin: float, *, context: Context, last: Chunk = b""
) -> AsyncIterator[Chunk]: ...
@overload
def stop_before_deadline(
    source: Iterable[Chunk], margin: float, *, context: Context, last: Chunk = b""
) -> Iterator[Chunk]: ...
def stop_before_deadline(source: Any, margin: float, *, context: Context, last: Chunk = b"") -> Any:
    """Yields the items of `source` until `margin` seconds before Lambda ends the invocation.

    Then it yields `last`, the frame that tells your client, and ends; the source is closed. A
    blocking source that does not come back in time is closed when it does.
    """

    def left() -> float:
        return context.get_remaining_time_in_millis() / 1000 - margin

    def stop() -> bool:
        context.stopped_before_deadline = True
        return False

    return _guarded(source, left, last, stop)


def _guarded(source: Any, seconds: Seconds, frame: Chunk, goes_on: GoesOn) -> Any:
    if hasattr(source, "__aiter__"):
        return _async_guarded(source, seconds, frame, goes_on)
    return _blocking_guarded(source, seconds, frame, goes_on)


def _blocking_guarded(
    source: Iterable[Chunk], seconds: Seconds, frame: Chunk, goes_on: GoesOn
) -> Iterator[Chunk]:
    from ..timed_source import Pull, TimedOut

    pull = Pull(source)
    try:
        while True:
            try:
                item = pull.get(seconds())
            except TimedOut:
                yield frame
                if not goes_on():
                    return
            except StopIteration:
                return
            else:
                yield item
    finally:
        pull.close()


async def _async_guarded(
    source: AsyncIterable[Chunk],
    seconds: Seconds,
    frame: Chunk,
    goes_on: GoesOn,
) -> AsyncIterator[Chunk]:
    from ..aio.timed_source import AsyncPull
    from ..timed_source import TimedOut

    pull = AsyncPull(source)
    try:
        while True:
            try:
                item = await pull.get(seconds())
            except TimedOut:
                yield frame
                if not goes_on():
                    return
            except StopAsyncIteration:
                return
            else:
                yield item
    finally:
        await pull.aclose()
