"""An end in good order before Lambda ends the invocation."""

from __future__ import annotations

from .timed import yield_timed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
    from typing import Any, overload

    from ..chunks import Chunk
    from ..invocation import Context
else:  # typing costs an import, and says nothing at run time

    def overload(function):
        return function


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

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000 - margin

    def stop() -> bool:
        context.stopped_before_deadline = True
        return False

    return yield_timed(source, seconds_left, last, stop)
