"""The promise: chunk 1 is with the client before the function can make chunk 2, at every endpoint.

The function stands at a gate between the two, and the gate opens only when chunk 1 has been read.
An endpoint that buffers anything ends in the test's time-out.
"""

import httpx
import pytest

from streambda.local import EndpointKind
from tests.local.conftest import Sdk
from tests.support.gate import Gate

ENDPOINTS = pytest.mark.parametrize("endpoint", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])
Urls = dict[EndpointKind, str]


@ENDPOINTS
async def test_first_chunk_arrives_before_the_second_is_made(
    endpoint: EndpointKind, urls: Urls, http: httpx.AsyncClient, gate: Gate
) -> None:
    async with http.stream("GET", f"{urls[endpoint]}gated") as reply:
        chunks = reply.aiter_raw()
        first = await anext(chunks)
        await gate.open()
        second = await anext(chunks)

        assert (first, second) == (b"one", b"two")
        assert [chunk async for chunk in chunks] == []


async def test_first_chunk_arrives_without_a_prelude(
    streaming_url: str, http: httpx.AsyncClient, gate: Gate
) -> None:
    async with http.stream("GET", f"{streaming_url}gated_raw") as reply:
        chunks = reply.aiter_raw()
        first = await anext(chunks)
        await gate.open()

        assert (first, await anext(chunks)) == (b"one", b"two")


@ENDPOINTS
async def test_status_and_headers_arrive_before_there_is_a_body(
    endpoint: EndpointKind, urls: Urls, http: httpx.AsyncClient, gate: Gate
) -> None:
    async with http.stream("GET", f"{urls[endpoint]}gated_head") as reply:
        assert reply.headers["content-type"] == "text/plain"
        await gate.open()

        assert await reply.aread() == b""


async def test_first_event_arrives_before_the_second_chunk_is_made(sdk: Sdk, gate: Gate) -> None:
    events = await sdk.stream(FunctionName="Words", Payload=b'{"do": "gated"}')

    first = await anext(events)
    await gate.open()

    assert first == {"PayloadChunk": {"Payload": b"one"}}
    assert [event async for event in events] == [
        {"PayloadChunk": {"Payload": b"two"}},
        {"InvokeComplete": {}},
    ]


async def test_invocations_of_one_function_run_side_by_side(
    streaming_url: str, http: httpx.AsyncClient, gate: Gate
) -> None:
    async with (
        http.stream("GET", f"{streaming_url}gated") as one,
        http.stream("GET", f"{streaming_url}gated") as other,
    ):
        chunks = one.aiter_raw(), other.aiter_raw()
        assert [await anext(each) for each in chunks] == [b"one", b"one"]

        await gate.open()
        await gate.open()

        assert [await anext(each) for each in chunks] == [b"two", b"two"]
