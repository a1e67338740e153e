"""Waits by polling, for what gives no signal: a process that ends, a file that grows."""

import asyncio
import time
from collections.abc import Callable


async def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Returns when `condition` holds. Raises `TimeoutError` after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def wait_until_blocking(condition: Callable[[], bool], seconds: float = 20) -> None:
    """The same, without an event loop."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the condition does not hold after {seconds} s")
        time.sleep(0.01)
