"""Scripts of Node.js that print lines of JSON, read as they come."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from streambda.node import JSII_NODE

WAIT_S = 30


class ScriptOutput:
    """What the script prints, line by line, as soon as it is there."""

    def __init__(self, output: asyncio.StreamReader) -> None:
        self._output = output

    async def read_next(self) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_S):
            line = await self._output.readline()
        document: dict[str, Any] = json.loads(line)
        return document

    async def read_rest(self) -> list[dict[str, Any]]:
        async with asyncio.timeout(WAIT_S):
            return [json.loads(line) async for line in self._output]


@asynccontextmanager
async def run_script(script: Path, *arguments: str) -> AsyncIterator[ScriptOutput]:
    """Runs it until this is left; it must then end by itself, with the status 0."""
    # The Node.js that the CDK runs on; tests/conftest.py has found it.
    node = os.environ.get(JSII_NODE, "node")
    process = await asyncio.create_subprocess_exec(
        node, script, *arguments, stdout=asyncio.subprocess.PIPE, limit=64 * 1024 * 1024
    )
    assert process.stdout is not None
    try:
        yield ScriptOutput(process.stdout)
        async with asyncio.timeout(WAIT_S):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
