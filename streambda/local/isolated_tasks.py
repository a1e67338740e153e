"""Tasks that stand for themselves: one that fails takes no other along."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any, TypeVar

from streambda.local.model.one_line import describe_error

Result = TypeVar("Result")


class IsolatedTasks(asyncio.TaskGroup):
    """A task group that goes on when one of its tasks raises an exception.

    An ordinary group cancels all others then: one function that fails in a way that nobody has
    thought of would end every endpoint.

    Args: `report` is called with one line for each task that has failed.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        super().__init__()
        self._report = report

    def create_task(
        self,
        coro: Generator[Any, None, Result] | Coroutine[Any, Any, Result],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[Result]:
        """Its result is None if it fails. Raises `RuntimeError` when the group has ended."""
        assert isinstance(coro, Coroutine), "generators were coroutines once"
        isolated = self._isolate(coro)
        try:
            task = super().create_task(isolated, name=name, context=context)
        except RuntimeError:  # the group has ended
            isolated.close()
            coro.close()
            raise
        # One that is cancelled before it has begun would be reported as never awaited.
        task.add_done_callback(lambda _: coro.close())
        return task

    async def _isolate(self, coro: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await coro
        except Exception as error:
            self._report(f"a task of the local cloud failed: {describe_error(error)}")
