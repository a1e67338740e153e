"""Waits for what nobody tells of: a process that the system takes away, a file that grows."""

import asyncio
import time
from collections.abc import Callable


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Returns when `condition` holds. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def until_now(condition: Callable[[], bool], seconds: float = 20) -> None:
    """The same where there is no event loop."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {seconds} s")
        time.sleep(0.01)
