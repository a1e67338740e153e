"""Calls of what may be async, from code that is not; asyncio is imported only if it is async."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, TypeVar

    from .exchange import Exchange

    T = TypeVar("T")

# inspect.CO_COROUTINE and CO_ASYNC_GENERATOR, without importing inspect.
CO_COROUTINE = 0x80
CO_ASYNC_GENERATOR = 0x200


def is_async_function(function: object, flags: int = CO_COROUTINE) -> bool:
    """Whether calling it gives a coroutine; of a callable object, `__call__` decides."""
    # By the name of the type: an object that has every attribute, as a mock, is not a partial.
    while type(function).__name__ == "partial" and hasattr(function, "func"):
        function = function.func
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(getattr(function, "__call__", None), "__code__", None)  # noqa: B004
    return code is not None and bool(code.co_flags & flags)


def await_result(result: Any, exchange: Exchange) -> Any:
    """A handler's result; for a coroutine, what it returns on the environment's event loop.

    The coroutine runs with the context variables of the exchange, which must not be entered.
    """
    if not hasattr(result, "__await__"):
        return result
    from .aio import event_loop

    return event_loop.run(result, exchange.variables)


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that never suspends; runs without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("a blocking source has suspended")  # which none of ours does


def close_event_loop() -> None:
    """Closes the event loop of async handlers, where there was one."""
    if (event_loop := sys.modules.get("streambda_runtime.aio.event_loop")) is not None:
        event_loop.close()
