"""As `threaded_source`, for an async source: in a task, which can be cancelled.

One task for the whole source, so that time-outs and context variables of an async generator stay
where it set them.
"""

from __future__ import annotations

import asyncio

from ..aio import event_loop
from ..logs import log
from .shared_variables import SharedVariables
from .threaded_source import TimedOut

CLOSE_S = 1.0  # that a source may take for its `finally` blocks when it is cancelled

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
        loop = asyncio.get_running_loop()
        # The invocation's own task lends its context, whatever is set and reset in it. Any other
        # task's cannot be had, so that changes are handed over.
        own = event_loop.find_context()
        self._variables = SharedVariables() if own is None else None
        context = self._variables.borrowed if self._variables is not None else own
        self._task = loop.create_task(self._run(), context=context)

    async def get(self, timeout_s: float) -> Any:
        """The next item. Raises TimedOut, StopAsyncIteration, or what the source raised."""
        if not self._asked:
            self._asked = True
            self._lend()
            self._requests.release()
        getting = asyncio.ensure_future(self._results.get())
        waiting = {getting, self._task}
        await asyncio.wait(
            waiting, timeout=max(0.0, timeout_s), return_when=asyncio.FIRST_COMPLETED
        )
        if not getting.done():
            getting.cancel()
            if not self._task.done():
                raise TimedOut
            self._task.result()  # it was cancelled by somebody else, or has failed
            raise StopAsyncIteration
        item, error = getting.result()
        self._asked = False
        self._take_back()
        if error is not None:
            raise error
        return item

    async def aclose(self) -> None:
        """Cancels the source, and waits until its `finally` blocks have run, for CLOSE_S at most.

        Raises what they raise.
        """
        self._closing = True
        if not self._asked:
            self._lend()
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=CLOSE_S)
        self._take_back()
        if not self._task.done():
            log(f"the source of a stream has not closed within {CLOSE_S} s, and is left")
        elif not self._task.cancelled() and (error := self._task.exception()) is not None:
            raise error

    def _lend(self) -> None:
        if self._variables is not None:
            self._variables.lend()

    def _take_back(self) -> None:
        if self._variables is not None:
            self._variables.take_back()

    async def _run(self) -> None:
        items: Any = None
        try:
            while not self._closing:
                await self._requests.acquire()
                try:
                    if items is None:
                        items = aiter(self._source)
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
