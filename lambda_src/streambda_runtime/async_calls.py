"""Whether something is async, asked without importing asyncio; and the loop, if it ever was."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CO_COROUTINE = 0x80  # inspect.CO_COROUTINE, without importing inspect


def is_async_function(function: object) -> bool:
    """Whether calling it gives a coroutine; a callable object is judged by its `__call__`."""
    while hasattr(function, "func"):  # a functools.partial
        function = function.func
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(getattr(function, "__call__", None), "__code__", None)  # noqa: B004
    return code is not None and bool(code.co_flags & _CO_COROUTINE)


def settled(result: Any) -> Any:
    """A handler's result; a coroutine's, once it has run on the environment's event loop."""
    if not hasattr(result, "__await__"):
        return result
    from .aio import event_loop

    return event_loop.run(result)


def close_event_loop() -> None:
    """Closes the loop of async handlers, where there was one."""
    if (event_loop := sys.modules.get("streambda_runtime.aio.event_loop")) is not None:
        event_loop.close()
