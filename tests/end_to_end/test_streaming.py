"""Every endpoint streams: chunk 1 reaches the client before the handler can make chunk 2.

The handler waits at a gate after its first chunk, and the test opens the gate only after it has
read that chunk. If anything on the way holds a chunk back, these tests time out. (The numbers in
names of tests: docs/peer-bugs.md.)
"""

import asyncio
import json
import shutil

import pytest

from tests.support.endpoint_calls import REST, URL, Endpoints
from tests.support.gate import serve_gate

HTTP_ENDPOINTS = pytest.mark.parametrize("endpoint", [URL, REST])


@HTTP_ENDPOINTS
async def test_b13_http_chunk_1_arrives_before_chunk_2_can_be_made(
    endpoints: Endpoints, endpoint: str
) -> None:
    response, first, rest = await endpoints.read_at_gate(endpoint, "two_chunks")

    assert (first, rest) == (b"first\n", b"second\n")
    assert response.status_code == 201
    assert response.headers["content-type"] == "text/event-stream"
    assert response.headers["x-custom"] == "yes"
    assert response.headers.get_list("x-twice", split_commas=True) == ["1", "2"]
    assert response.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; HttpOnly"]


async def test_b13_boto3_chunk_1_arrives_before_chunk_2_can_be_made(endpoints: Endpoints) -> None:
    first, rest = await endpoints.events_at_gate("two_chunks")

    # A direct invoke gets the body without a prelude.
    assert first == {"PayloadChunk": {"Payload": b"first\n"}}
    assert rest == [{"PayloadChunk": {"Payload": b"second\n"}}, {"InvokeComplete": {}}]


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
@HTTP_ENDPOINTS
async def test_b13_curl_prints_chunk_1_before_chunk_2_can_be_made(
    endpoints: Endpoints, endpoint: str
) -> None:
    async with serve_gate() as gate:
        address = f"{endpoints.address(endpoint, 'two_chunks')}?gate={gate.port}"
        curl = await asyncio.create_subprocess_exec(
            "curl", "-sNi", "--max-time", "30", address, stdout=asyncio.subprocess.PIPE
        )
        assert curl.stdout is not None
        head = await curl.stdout.readuntil(b"first\n")
        await gate.open()
        rest = await curl.stdout.read()
        status = await curl.wait()

    assert head.startswith(b"HTTP/1.1 201 ")
    assert b"\r\nset-cookie: a=1; Path=/\r\n" in head
    assert (rest, status) == (b"second\n", 0)


async def test_a_buffered_invoke_returns_the_whole_stream(endpoints: Endpoints) -> None:
    async with serve_gate() as gate:
        payload = json.dumps({"gate": gate.port})
        invoked = asyncio.create_task(
            asyncio.to_thread(endpoints.boto3.invoke, FunctionName="two_chunks", Payload=payload)
        )
        await gate.open()
        answer = await invoked

    assert answer["StatusCode"] == 200
    assert answer["Payload"].read() == b"first\nsecond\n"
    assert "FunctionError" not in answer


async def test_two_invocations_of_one_function_run_side_by_side(endpoints: Endpoints) -> None:
    async with serve_gate() as one, serve_gate() as other:
        streams = [
            endpoints.stream_events("two_chunks", {"gate": gate.port}) for gate in (one, other)
        ]
        firsts = [await anext(stream) for stream in streams]  # now both wait at their gates
        for gate in (other, one):
            await gate.open()
        ends = [[event async for event in stream] for stream in streams]

    assert firsts == [{"PayloadChunk": {"Payload": b"first\n"}}] * 2
    assert [len(end) for end in ends] == [2, 2]


@HTTP_ENDPOINTS
async def test_b15_binary_data_is_not_touched(endpoints: Endpoints, endpoint: str) -> None:
    response = await endpoints.http.get(endpoints.address(endpoint, "binary"))

    assert response.headers["content-type"] == "image/png"
    assert response.content == b"".join(bytes([number]) * 3 for number in range(256))


@HTTP_ENDPOINTS
async def test_b1_an_empty_body_has_its_status(endpoints: Endpoints, endpoint: str) -> None:
    response = await endpoints.http.get(endpoints.address(endpoint, "empty"))

    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize(
    ("endpoint", "version", "image"),
    # This REST API has no binaryMediaTypes: every body is text, and what is no UTF-8 is lost.
    [(URL, "2.0", ("/w==", True)), (REST, None, ("\ufffd", False))],
)
async def test_an_ordinary_handler_works_behind_a_streaming_endpoint(
    endpoints: Endpoints, endpoint: str, version: str | None, image: tuple[str, bool]
) -> None:
    address = endpoints.address(endpoint, "document")
    text = await endpoints.http.post(address, json={"a": "ü"})
    blob = await endpoints.http.post(
        address, content=b"\xff", headers={"content-type": "image/png"}
    )

    assert (text.status_code, text.headers["x-kind"]) == (202, "document")
    assert text.json()["version"] == version
    assert (json.loads(text.json()["body"]), text.json()["isBase64Encoded"]) == ({"a": "ü"}, False)
    assert (blob.json()["body"], blob.json()["isBase64Encoded"]) == image


async def test_an_ordinary_handler_through_the_sdk(endpoints: Endpoints) -> None:
    payload, complete = await endpoints.invoke_streaming("document", {"sentence": "hi"})

    assert json.loads(payload) == {"sentence": "hi", "function": "EndToEnd-document"}
    assert complete == {}
