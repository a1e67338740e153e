"""A task that runs beside a test."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def run_in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs `work` beside the body, and waits for it at the end."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work)
        yield
