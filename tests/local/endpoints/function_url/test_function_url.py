"""Function URLs: what comes back, well and ill, and what the function is given."""

import asyncio
import json

import httpx
import pytest

from streambda.local import LocalCloud
from tests.local.conftest import LogLines
from tests.support.gate import Gate

OK = "Internal Server Error"


async def test_prelude_sets_status_headers_and_cookies(
    streaming_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{streaming_url}words")

    assert (reply.status_code, reply.content) == (201, b"one two")
    assert reply.headers["content-type"] == "text/plain"
    assert reply.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2"]
    assert "server" not in reply.headers


async def test_answer_without_a_prelude_is_200_with_its_content_type(
    streaming_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{streaming_url}empty_raw")

    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-type"] == "text/css"


@pytest.mark.parametrize(("path", "status"), [("empty", 200), ("no_content", 204)])
async def test_empty_body(
    path: str, status: int, streaming_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{streaming_url}{path}")

    assert (reply.status_code, reply.content) == (status, b"")


async def test_bytes_stay_bytes(streaming_url: str, http: httpx.AsyncClient) -> None:
    reply = await http.get(f"{streaming_url}binary")

    assert reply.content == b"\0" * 8 + bytes(range(256)) + "é".encode() + b"\0" * 8


async def test_an_sdk_whose_endpoint_is_a_function_url(
    streaming_url: str, http: httpx.AsyncClient, lines: LogLines
) -> None:
    path = "2021-11-15/functions/Words/response-streaming-invocations"
    for _ in range(2):
        await http.post(f"{streaming_url}{path}")

    [line] = [line for _, line in lines if "SDK" in line]
    expected = f"gets a request for Lambda's API, /{path}: the endpoint of an SDK is the URL of"
    assert expected in line


async def test_head_has_no_body(streaming_url: str, http: httpx.AsyncClient) -> None:
    reply = await http.head(f"{streaming_url}words")

    assert (reply.status_code, reply.content) == (201, b"")


async def test_content_length_of_the_function_is_renamed(
    streaming_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{streaming_url}lengthy")

    assert (reply.content, reply.headers["x-amzn-remapped-content-length"]) == (b"four", "3")
    assert "content-length" not in reply.headers


@pytest.mark.parametrize(
    "path",
    ["fails_before", "fails_at_once", "crashes", "odd_prelude", "bad_header", "bad_mode"],
)
async def test_failure_before_the_first_byte_is_502_and_the_next_call_works(
    path: str, streaming_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{streaming_url}{path}")

    assert (reply.status_code, reply.text) == (502, "Internal Server Error")
    assert (await http.get(f"{streaming_url}words")).content == b"one two"


@pytest.mark.parametrize("path", ["fails_midway", "crashes_midway"])
async def test_failure_after_the_first_byte_cuts_the_body_and_the_next_call_works(
    path: str, streaming_url: str, http: httpx.AsyncClient, gate: Gate
) -> None:
    async with http.stream("GET", f"{streaming_url}{path}") as reply:
        chunks = reply.aiter_raw()
        assert await anext(chunks) == b"one"
        await gate.open()

        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            await anext(chunks)

    assert (await http.get(f"{streaming_url}words")).content == b"one two"


async def test_function_runs_to_its_end_when_the_client_leaves(
    streaming_url: str, http: httpx.AsyncClient, gate: Gate
) -> None:
    async with http.stream("GET", f"{streaming_url}runs_on") as reply:
        assert await anext(reply.aiter_raw()) == b"one"
    await gate.open()

    # 16 MB later it stands at the gate again: nobody has taken them, and nothing was held up.
    await gate.open()

    assert (await http.get(f"{streaming_url}words")).content == b"one two"


async def test_slow_client_holds_the_function_back(
    streaming_url: str, http: httpx.AsyncClient, gate: Gate
) -> None:
    async with http.stream("GET", f"{streaming_url}runs_on") as reply:
        chunks = reply.aiter_raw()
        assert await anext(chunks) == b"one"
        await gate.open()
        arrival = asyncio.ensure_future(gate.wait_for_arrival())
        # 16 MB do not fit into the sockets on the way, so the function cannot be done.
        await anext(chunks)
        assert not arrival.done()

        size = sum([len(chunk) async for chunk in chunks])

        assert size > 8 * 1024 * 1024
        await gate.let_through(await arrival)


async def test_last_byte_is_there_before_the_function_is_done(
    streaming_url: str, http: httpx.AsyncClient, gate: Gate
) -> None:
    reply = await http.get(f"{streaming_url}lingers")
    await gate.open()

    assert reply.content == b"one"


async def test_event_is_payload_2_0(streaming_url: str, http: httpx.AsyncClient) -> None:
    reply = await http.post(
        f"{streaming_url}a%20b/echo?x=1&x=2&y",
        content=b"\xff\x00",
        headers=[("cookie", "a=1; b=2"), ("x-twice", "1"), ("x-twice", "2")],
    )

    event = reply.json()["event"]
    assert (event["version"], event["rawPath"]) == ("2.0", "/a%20b/echo")
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-twice"] == "1,2"
    assert event["headers"]["cookie"] == "a=1; b=2"
    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)
    assert event["requestContext"]["http"]["method"] == "POST"


async def test_buffered_url_answers_once(buffered_url: str, http: httpx.AsyncClient) -> None:
    reply = await http.get(f"{buffered_url}whole")

    assert (reply.status_code, reply.content, reply.headers["x-a"]) == (202, b"abc", "b")
    assert (await http.get(f"{buffered_url}words")).content == b"one two"
    assert (await http.get(f"{buffered_url}empty_raw")).status_code == 200
    assert (await http.get(f"{buffered_url}crashes")).status_code == 502
    assert (await http.get(f"{buffered_url}odd_prelude")).status_code == 502
    assert (await http.get(f"{buffered_url}large_stream")).status_code == 502


async def test_whole_response_goes_through_a_streaming_url_as_it_is(
    streaming_url: str, http: httpx.AsyncClient
) -> None:
    # No inference from statusCode: that belongs to buffered URLs.
    reply = await http.get(f"{streaming_url}whole")

    assert (reply.status_code, reply.json()["statusCode"]) == (200, 202)
    assert (await http.get(f"{streaming_url}oversized")).status_code == 502
    assert (await http.get(f"{streaming_url}words")).content == b"one two"


async def test_environment_is_lambdas(
    streaming_url: str, http: httpx.AsyncClient, cloud: LocalCloud
) -> None:
    variables = (await http.get(f"{streaming_url}environment")).json()

    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "Words"
    assert variables["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert "HOME" not in variables


async def test_runtime_api_refuses_what_is_not_allowed(
    streaming_url: str, http: httpx.AsyncClient, lines: LogLines
) -> None:
    reply = await http.get(f"{streaming_url}misbehaves")

    assert json.loads(reply.content) == [
        [400, "InvalidRequestID"],
        [403, "InvalidStateTransition"],
        [403, "InvalidStateTransition"],
        [404, "ResourceNotFound"],
        [410, "InvokeTimeout"],
    ]
    assert (await http.get(f"{streaming_url}words")).content == b"one two"
    assert ("Words", "403 403") in lines
