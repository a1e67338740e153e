"""As `threaded_source`, for an async source: in a task, which can be cancelled.

One task for the whole source, so that time-outs and context variables of an async generator stay
where it set them.
"""

from __future__ import annotations

import asyncio

from .shared_variables import SharedVariables
from .threaded_source import TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable
    from typing import Any


class TaskSource:
    """The items of `source`; closed by `aclose`, which cancels it where it waits."""

    def __init__(self, source: AsyncIterable[Any]) -> None:
        self._source = source
        self._requests = asyncio.Semaphore(0)
        self._results: asyncio.Queue[tuple[Any, BaseException | None]] = asyncio.Queue()
        self._asked = False
        self._closing = False
        self._variables = SharedVariables()
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._run(), context=self._variables.borrowed)

    async def get(self, timeout_s: float) -> Any:
        """The next item. Raises TimedOut, StopAsyncIteration, or what the source raised."""
        if not self._asked:
            self._asked = True
            self._variables.lend()
            self._requests.release()
        try:
            item, error = await asyncio.wait_for(self._results.get(), max(0.0, timeout_s))
        except TimeoutError:
            raise TimedOut from None
        self._asked = False
        self._variables.take_back()
        if error is not None:
            raise error
        return item

    async def aclose(self) -> None:
        """Cancels the source, and waits until its `finally` blocks have run.

        Raises what they raise.
        """
        self._closing = True
        if not self._asked:
            self._variables.lend()
        self._task.cancel()
        await asyncio.wait({self._task})
        self._variables.take_back()
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            raise error

    async def _run(self) -> None:
        items = aiter(self._source)
        try:
            while True:
                await self._requests.acquire()
                try:
                    result: tuple[Any, BaseException | None] = (await anext(items), None)
                except BaseException as error:
                    if self._closing:
                        raise
                    result = (None, error)  # a cancellation too: it is the source's own
                self._results.put_nowait(result)
        finally:
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()
