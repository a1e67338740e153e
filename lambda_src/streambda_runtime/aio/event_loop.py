"""The event loop of async handlers: one for the life of the environment.

Imported only when a handler turns out to be async, for asyncio takes longer to import than
everything else together.
"""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextvars import Context
    from typing import Any, TypeVar

    T = TypeVar("T")

_runner = asyncio.Runner()
_on_close: list[Callable[[], Awaitable[None]]] = []
# What a signal's handler has raised within the loop itself, while a task ends because of it.
interruption: BaseException | None = None
# The tasks of the invocations that are served, and the contexts that they run in.
contexts: dict[asyncio.Task[Any], Context] = {}


def run(awaitable: Awaitable[T], variables: Context) -> T:
    """The result of an awaitable, on the environment's event loop and in the context `variables`.

    What a signal's handler raises ends the awaitable, and is raised.
    """
    global interruption
    loop = _runner.get_loop()
    running = loop.create_task(_await(awaitable), context=variables)
    contexts[running] = variables
    try:
        return loop.run_until_complete(running)
    except BaseException as error:
        if running.done():
            raise
        interruption = error
        try:
            running.cancel()
            loop.run_until_complete(asyncio.wait({running}))
        finally:
            interruption = None
        if isinstance(error, Exception) and not running.cancelled() and running.exception() is None:
            return running.result()  # it has dealt with the error, as a stream does that reports it
        raise
    finally:
        del contexts[running]


def find_context() -> Context | None:
    """The context of the invocation whose own task this is; None in any other task."""
    running = asyncio.current_task()
    return None if running is None else contexts.get(running)


async def _await(awaitable: Awaitable[T]) -> T:
    return await awaitable


def call_on_close(work: Callable[[], Awaitable[None]]) -> None:
    """Has `work` run on the loop before it is closed, what was added last first."""
    _on_close.append(work)


def close() -> None:
    """Runs what waits for the end, cancels what still runs and closes the loop.

    The next `run` opens another.
    """
    global _runner
    while _on_close:
        _runner.get_loop().run_until_complete(_await(_on_close.pop()()))
    _runner.close()
    _runner = asyncio.Runner()
