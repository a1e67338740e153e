"""What clients see when a function fails, and that the function answers the next invocation."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.support.endpoint_calls import REST, URL, Endpoints
from tests.support.gate import serve_gate

HTTP_ENDPOINTS = pytest.mark.parametrize("endpoint", [URL, REST])


async def still_answers(endpoints: Endpoints) -> bool:
    """Whether the function that has failed answers the next invocation."""
    return await endpoints.invoke_streaming("fails", {"at": "nowhere"}) == (b"first\n", {})


def error_details(complete: dict[str, Any]) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(complete["ErrorDetails"])
    return report


async def test_b4_a_midstream_error_through_the_sdk(endpoints: Endpoints) -> None:
    payload, complete = await endpoints.invoke_streaming("fails", {"at": "midstream"})

    assert payload == b"first\n"
    assert complete["ErrorCode"] == "Function.KeyError"
    assert error_details(complete)["errorType"] == "KeyError"
    assert error_details(complete)["errorMessage"] == "'in the middle'"
    assert "gated.py" in "".join(error_details(complete)["stackTrace"])
    assert await still_answers(endpoints)


async def test_an_int_that_is_yielded_is_named(endpoints: Endpoints) -> None:
    payload, complete = await endpoints.invoke_streaming("fails", {"at": "int"})

    assert payload == b"first\n"
    assert complete["ErrorCode"] == "Runtime.InvalidChunk"
    assert error_details(complete)["errorMessage"].startswith("the handler yielded 7 of type int")
    assert await still_answers(endpoints)


async def test_an_error_before_the_first_byte_through_the_sdk(endpoints: Endpoints) -> None:
    payload, complete = await endpoints.invoke_streaming("fails", {"at": "start"})

    assert payload == b""
    assert complete["ErrorCode"] == "Unhandled"
    assert error_details(complete)["errorMessage"] == "before the first byte"
    assert await still_answers(endpoints)


@pytest.mark.slow
async def test_a_time_out_through_the_sdk(endpoints: Endpoints) -> None:
    async with serve_gate() as gate:  # never opened: the function times out after 10 s
        payload, complete = await endpoints.invoke_streaming(
            "fails", {"at": "nowhere", "gate": gate.port}
        )

    assert payload == b"first\n"
    assert complete["ErrorCode"] == "Unhandled"
    assert error_details(complete)["errorMessage"].endswith("Task timed out after 10.00 seconds")
    assert await still_answers(endpoints)


async def test_a_crash_through_the_sdk(endpoints: Endpoints) -> None:
    payload, complete = await endpoints.invoke_streaming("fails", {"at": "exit"})

    assert payload == b"first\n"
    assert complete == {"ErrorCode": "Runtime.TruncatedResponse"}
    await endpoints.log.wait_for("exit status 9")
    assert await still_answers(endpoints)


@HTTP_ENDPOINTS
async def test_b4_an_error_before_the_first_byte_is_a_502(
    endpoints: Endpoints, endpoint: str
) -> None:
    response = await endpoints.http.get(
        endpoints.address(endpoint, "fails"), params={"at": "start"}
    )

    assert response.status_code == 502
    assert response.text in ("Internal Server Error", '{"message":"Internal server error"}')
    assert await still_answers(endpoints)


@HTTP_ENDPOINTS
@pytest.mark.parametrize("at", ["midstream", "exit"])
async def test_b24_an_error_after_the_first_byte_cuts_the_body(
    endpoints: Endpoints, endpoint: str, at: str
) -> None:
    async with serve_gate() as gate:
        query = {"at": at, "gate": str(gate.port)}
        async with endpoints.http.stream(
            "GET", endpoints.address(endpoint, "fails"), params=query
        ) as response:
            chunks = response.aiter_raw()
            first = await anext(chunks)
            await gate.open()
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                await anext(chunks)

    assert (response.status_code, first) == (200, b"first\n")
    assert await still_answers(endpoints)


async def test_b20_the_function_runs_on_when_the_client_leaves(endpoints: Endpoints) -> None:
    async with serve_gate() as gate:
        address = endpoints.address(URL, "two_chunks")
        async with endpoints.http.stream("GET", address, params={"gate": gate.port}) as response:
            await anext(response.aiter_raw())
        await gate.open()  # the handler has reached its gate: nothing has stopped it

    assert await endpoints.invoke_streaming("document", {}) != (b"", {})


@pytest.mark.parametrize("call", ["invoke", "invoke_with_response_stream"])
async def test_an_unknown_function_is_a_404(endpoints: Endpoints, call: str) -> None:
    missing = endpoints.boto3.exceptions.ResourceNotFoundException
    with pytest.raises(missing, match="function:nobody") as error:
        await asyncio.to_thread(
            getattr(endpoints.boto3, call), FunctionName="nobody", Payload=b"{}"
        )

    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize("call", ["invoke", "invoke_with_response_stream"])
async def test_a_payload_that_is_not_json_is_a_400(endpoints: Endpoints, call: str) -> None:
    invalid = endpoints.boto3.exceptions.InvalidRequestContentException
    with pytest.raises(invalid) as error:
        await asyncio.to_thread(
            getattr(endpoints.boto3, call), FunctionName="document", Payload=b"{no"
        )

    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


async def test_an_unknown_path_of_the_rest_api_is_a_403(endpoints: Endpoints) -> None:
    response = await endpoints.http.get(f"{endpoints.rest}nowhere")

    assert response.status_code == 403
    assert response.json() == {"message": "Missing Authentication Token"}
