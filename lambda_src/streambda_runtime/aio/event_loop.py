"""The event loop of async handlers: one for the life of the environment.

Imported only when a handler turns out to be async, for asyncio takes longer to import than
everything else together.
"""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import TypeVar

    T = TypeVar("T")

_runner = asyncio.Runner()


def run(awaitable: Awaitable[T]) -> T:
    """The result of an awaitable, on the environment's event loop."""
    return _runner.get_loop().run_until_complete(_await(awaitable))


async def _await(awaitable: Awaitable[T]) -> T:
    return await awaitable


def close() -> None:
    """Cancels what still runs and closes the loop; the next `run` opens another."""
    global _runner
    _runner.close()
    _runner = asyncio.Runner()
