"""Node's fetch as a client: it reads a response as browsers do, part by part."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from streambda.node import JSII_NODE
from tests.support.endpoint_calls import REST, URL, Endpoints
from tests.support.gate import serve_gate

SCRIPT = Path(__file__).with_name("read_with_fetch.mjs")
WAIT_S = 30

HTTP_ENDPOINTS = pytest.mark.parametrize("endpoint", [URL, REST])


class FetchOutput:
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
async def fetch(address: str, **query: Any) -> AsyncIterator[FetchOutput]:
    # The Node.js that the CDK runs on; tests/conftest.py has found it.
    node = os.environ.get(JSII_NODE, "node")
    process = await asyncio.create_subprocess_exec(
        node, SCRIPT, f"{address}?{urlencode(query)}", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield FetchOutput(process.stdout)
        async with asyncio.timeout(WAIT_S):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@HTTP_ENDPOINTS
async def test_part_1_is_read_before_part_2_can_be_made(
    endpoints: Endpoints, endpoint: str
) -> None:
    address = endpoints.address(endpoint, "two_chunks")
    async with serve_gate() as gate, fetch(address, gate=gate.port) as reader:
        head = await reader.read_next()
        first = await reader.read_next()
        await gate.open()
        rest = await reader.read_rest()

    assert head == {
        "status": 201,
        "type": "text/event-stream",
        "custom": "yes",
        "cookies": ["a=1; Path=/", "b=2; HttpOnly"],
    }
    assert first == {"part": "first\n"}
    assert rest == [{"part": "second\n"}, {"end": True}]


@pytest.mark.slow
@HTTP_ENDPOINTS
async def test_an_error_in_midstream_is_thrown_at_the_reader(
    endpoints: Endpoints, endpoint: str
) -> None:
    address = endpoints.address(endpoint, "fails")
    async with serve_gate() as gate, fetch(address, at="midstream", gate=gate.port) as reader:
        head = await reader.read_next()
        first = await reader.read_next()
        await gate.open()
        rest = await reader.read_rest()

    assert (head["status"], first) == (200, {"part": "first\n"})
    assert rest == [{"error": "TypeError", "message": "terminated"}]


@pytest.mark.slow
@HTTP_ENDPOINTS
async def test_an_error_before_the_first_byte_has_a_status(
    endpoints: Endpoints, endpoint: str
) -> None:
    async with fetch(endpoints.address(endpoint, "fails"), at="start") as reader:
        head, *_, last = await reader.read_rest()

    assert (head["status"], last) == (502, {"end": True})
