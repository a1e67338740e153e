"""What `heartbeat` and `stop_before_deadline` share: a source, and a frame when its time is up.

Takes blocking and async sources, and gives a generator of the same kind.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
    from typing import Any

    from ..chunks import Chunk

    Seconds = Callable[[], float]  # how long to wait for the next item
    Continues = Callable[[], bool]  # whether to wait for it once more after that


def yield_timed(source: Any, seconds: Seconds, frame: Chunk, continues: Continues) -> Any:
    """Yields the items of `source`, and `frame` when `seconds()` bring none.

    It ends with the source, or after a frame when `continues()` is false; the source is closed.
    """
    if hasattr(source, "__aiter__"):
        return _yield_timed_async(source, seconds, frame, continues)
    return _yield_timed_blocking(source, seconds, frame, continues)


def _yield_timed_blocking(
    source: Iterable[Chunk], seconds: Seconds, frame: Chunk, continues: Continues
) -> Iterator[Chunk]:
    from .threaded_source import ThreadedSource, TimedOut

    timed = ThreadedSource(source)
    try:
        while True:
            try:
                item = timed.get(seconds())
            except TimedOut:
                yield frame
                if not continues():
                    return
            except StopIteration:
                return
            else:
                yield item
    finally:
        timed.close()


async def _yield_timed_async(
    source: AsyncIterable[Chunk], seconds: Seconds, frame: Chunk, continues: Continues
) -> AsyncIterator[Chunk]:
    from .task_source import TaskSource
    from .threaded_source import TimedOut

    timed = TaskSource(source)
    try:
        while True:
            try:
                item = await timed.get(seconds())
            except TimedOut:
                yield frame
                if not continues():
                    return
            except StopAsyncIteration:
                return
            else:
                yield item
    finally:
        await timed.aclose()
