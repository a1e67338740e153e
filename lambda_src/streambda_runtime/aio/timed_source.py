"""As `pull`, for an async source: in a task of its own, which can be cancelled.

One task for the whole source, so that time-outs and context variables of an async generator stay
where it set them.
"""

from __future__ import annotations

import asyncio

from ..timed_source import TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable
    from typing import Generic, TypeVar

    T = TypeVar("T")
else:
    T = None
    Generic = {None: object}


class AsyncPull(Generic[T]):
    """The items of `source`; closed by `aclose`, which cancels it where it waits."""

    def __init__(self, source: AsyncIterable[T]) -> None:
        self._source = source
        self._wanted = asyncio.Semaphore(0)
        self._made: asyncio.Queue[tuple[T | None, BaseException | None]] = asyncio.Queue()
        self._asked = False
        self._task = asyncio.ensure_future(self._run())

    async def get(self, timeout_s: float) -> T:
        """The next item. Raises TimedOut, StopAsyncIteration, or what the source raised."""
        if not self._asked:
            self._asked = True
            self._wanted.release()
        try:
            item, error = await asyncio.wait_for(self._made.get(), max(0.0, timeout_s))
        except TimeoutError:
            raise TimedOut from None
        self._asked = False
        if error is not None:
            raise error
        return item  # type: ignore[return-value]

    async def aclose(self) -> None:
        """Cancels the source, and waits until its `finally` blocks have run."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _run(self) -> None:
        items = aiter(self._source)
        try:
            while True:
                await self._wanted.acquire()
                try:
                    made: tuple[T | None, BaseException | None] = (await anext(items), None)
                except (Exception, StopAsyncIteration) as error:
                    made = (None, error)
                await self._made.put(made)
        finally:
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()
