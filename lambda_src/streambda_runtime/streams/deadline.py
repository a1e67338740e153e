"""An end in good order before Lambda ends the invocation."""

from __future__ import annotations

from .timed import yield_timed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
    from typing import Any, TypeVar, overload

    from ..invocation import Context

    T = TypeVar("T")
else:  # typing costs an import, and says nothing at run time

    def overload(function):
        return function


@overload
def stop_before_deadline(
    source: AsyncIterable[T], margin: float, *, context: Context, last: T | bytes = b""
) -> AsyncIterator[T | bytes]: ...
@overload
def stop_before_deadline(
    source: Iterable[T], margin: float, *, context: Context, last: T | bytes = b""
) -> Iterator[T | bytes]: ...
def stop_before_deadline(source: Any, margin: float, *, context: Context, last: Any = b"") -> Any:
    """Yields the items of `source` until `margin` seconds before Lambda ends the invocation.

    Then it yields `last`, the frame that tells your client, and ends; the source is closed. Of a
    source of events, as for `streambda_runtime.llm`, `last` is an event such as a `Failure`. A
    blocking source that does not come back in time is closed when it does.
    """

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000 - margin

    def stop() -> bool:
        context.stopped_before_deadline = True
        return False

    return yield_timed(source, seconds_left, last, stop)
