"""Node's fetch as a client: it reads a response as browsers do, part by part."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.endpoint_calls import REST, URL, Endpoints
from tests.support.gate import serve_gate
from tests.support.node_scripts import ScriptOutput, run_script

SCRIPT = Path(__file__).with_name("read_with_fetch.mjs")

HTTP_ENDPOINTS = pytest.mark.parametrize("endpoint", [URL, REST])


def fetch(address: str, **query: Any) -> AbstractAsyncContextManager[ScriptOutput]:
    return run_script(SCRIPT, f"{address}?{urlencode(query)}")


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
