"""A frame now and then while a source is silent, so that no idle timeout cuts the stream."""

from __future__ import annotations

from .timed import yield_timed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
    from typing import Any, overload

    from ..chunks import Chunk
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
    return yield_timed(source, lambda: interval, frame, lambda: True)
