"""Limits on real sockets: what an endpoint refuses, cuts, and holds back."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from streambda.local import EndpointKind, EndpointOptions, Limits, LocalCloud
from tests.local.conftest import Sdk
from tests.support.endpoint_clouds import BUFFER, STREAM, api, running, url_of
from tests.support.gate import Gate
from tests.support.local_assembly import function, rest_api, url

MIB = 1024 * 1024
HTTP_ENDPOINTS = (EndpointKind.FUNCTION_URL, EndpointKind.REST_API)

Make = Callable[..., AbstractAsyncContextManager[LocalCloud]]


@pytest.fixture
def limited(tmp_path: Path, gate: Gate) -> Make:
    """A cloud with these limits, and properties of the API's one method."""

    @asynccontextmanager
    async def make(
        limits: Limits, mode: tuple[str, str] = STREAM, edge: bool = False, **properties: Any
    ) -> AsyncIterator[LocalCloud]:
        variables = {"Variables": {"GATE": str(gate.port)}}
        resources = {
            "Words": function(FunctionName="Words", Environment=variables),
            "Url": url("Words"),
            **api("Words", mode=mode, **properties),
        }
        if not edge:
            endpoint = {"Types": ["REGIONAL"]}
            resources["Api"]["Properties"]["EndpointConfiguration"] = endpoint
        async with running(tmp_path, resources, EndpointOptions(limits=limits)) as cloud:
            yield cloud

    return make


async def test_event_counts_with_its_base64(limited: Make, http: httpx.AsyncClient) -> None:
    async with limited(Limits()) as cloud:
        replies = [
            await http.post(
                f"{url_of(cloud, kind)}words",
                content=b"\xff" * 5 * MIB,
                headers={"content-type": "image/png"},
            )
            for kind in HTTP_ENDPOINTS
        ]

    assert [reply.status_code for reply in replies] == [413, 413]
    message = "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
    assert replies[0].json() == {"Message": message}
    assert replies[1].json() == {"message": "Request Too Long"}


async def test_rest_request_over_10_mb(limited: Make, http: httpx.AsyncClient) -> None:
    async with limited(Limits()) as cloud:
        content = b"x" * (10 * MIB + 1)
        reply = await http.post(f"{url_of(cloud, EndpointKind.REST_API)}words", content=content)

    assert reply.status_code == 413
    assert reply.json() == {"message": "HTTP content length exceeded 10485760 bytes."}


@pytest.mark.slow
async def test_without_limits_a_large_request_comes_in(
    limited: Make, http: httpx.AsyncClient
) -> None:
    async with limited(Limits.none()) as cloud:
        for kind in HTTP_ENDPOINTS:
            address = f"{url_of(cloud, kind)}words"
            assert (await http.post(address, content=b"x" * 11 * MIB)).status_code == 201


async def test_asynchronous_event_over_1_mb(limited: Make) -> None:
    payload = json.dumps("x" * MIB).encode()
    async with limited(Limits()) as cloud:
        sdk = Sdk(cloud.lambda_url)
        with pytest.raises(ClientError) as caught:
            await sdk.call("invoke", FunctionName="Words", InvocationType="Event", Payload=payload)
        sdk.close()

    assert caught.value.response["Error"]["Code"] == "RequestTooLargeException"
    assert "too large for the Event invocation type (limit 1048576 bytes)" in str(caught.value)


@pytest.mark.parametrize("kind", HTTP_ENDPOINTS)
async def test_response_that_is_too_long_is_cut_and_the_function_runs_on(
    kind: EndpointKind, limited: Make, http: httpx.AsyncClient, gate: Gate
) -> None:
    async with limited(Limits(streamed_response=1000, lambda_rate=None, rest_rate=None)) as cloud:
        async with http.stream("GET", f"{url_of(cloud, kind)}runs_on") as reply:
            chunks = reply.aiter_raw()
            assert await anext(chunks) == b"one"
            await gate.open()
            with pytest.raises(httpx.RemoteProtocolError):
                await anext(chunks)

        await gate.open()
        assert (await http.get(f"{url_of(cloud, kind)}words")).content == b"one two"


async def test_lambda_api_tells_that_a_response_is_too_long(limited: Make, gate: Gate) -> None:
    async with limited(Limits(streamed_response=1000, lambda_rate=None)) as cloud:
        sdk = Sdk(cloud.lambda_url)
        events = await sdk.stream(FunctionName="Words", Payload=b'{"do": "runs_on"}')
        await anext(events)
        await gate.open()
        rest = [event async for event in events]
        await gate.open()
        sdk.close()

    complete = rest[-1]["InvokeComplete"]
    assert complete["ErrorCode"] == "Unhandled"
    assert "Function.ResponseSizeTooLarge" in complete["ErrorDetails"]


async def test_buffered_response_over_its_limit(limited: Make, http: httpx.AsyncClient) -> None:
    async with limited(Limits(buffered_response=5), BUFFER) as cloud:
        assert (await http.get(f"{url_of(cloud, EndpointKind.REST_API)}whole")).status_code == 502


@pytest.mark.parametrize(
    ("limits", "status", "headers"),
    [(Limits(), 502, []), (Limits(prelude=None), 200, ["x" * 20_000])],
    ids=["default", "off"],
)
async def test_prelude_of_20_kb_over_every_http_endpoint(
    limits: Limits,
    status: int,
    headers: list[str],
    tmp_path: Path,
    http: httpx.AsyncClient,
) -> None:
    resources = {
        "Words": function(FunctionName="Words"),
        "StreamedUrl": url("Words"),
        "BufferedUrl": url("Words", "BUFFERED"),
        **rest_api("Words"),
    }
    async with running(tmp_path, resources, EndpointOptions(limits=limits)) as cloud:
        streamed, buffered = (
            endpoint.url
            for endpoint in cloud.endpoints
            if endpoint.kind is EndpointKind.FUNCTION_URL
        )
        rest = url_of(cloud, EndpointKind.REST_API)
        addresses = {
            "streamed Function URL": streamed,
            "buffered Function URL": buffered,
            "streamed method": rest,
            "buffered method": f"{rest}buffered/",
        }
        replies = {
            name: await http.get(f"{address}long_prelude") for name, address in addresses.items()
        }

    found = {
        name: (reply.status_code, reply.headers.get_list("x-long"))
        for name, reply in replies.items()
    }
    assert found == dict.fromkeys(addresses, (status, headers))


async def test_buffered_invoke_returns_a_prelude_of_any_length(tmp_path: Path) -> None:
    resources = {"Words": function(FunctionName="Words")}
    async with running(tmp_path, resources) as cloud:
        sdk = Sdk(cloud.lambda_url)
        event = {"do": "long_prelude", "requestContext": {}}
        reply = await sdk.call("invoke", FunctionName="Words", Payload=json.dumps(event).encode())
        payload = await asyncio.to_thread(reply["Payload"].read)
        sdk.close()

    assert "FunctionError" not in reply
    assert payload.endswith(b"\0" * 8 + b"body")
    assert len(payload) > 20_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "properties", "limits"),
    [
        ("hangs", {}, Limits(integration=0.2)),
        ("hangs", {"Integration": {"TimeoutInMillis": 200}}, Limits()),
        ("hangs", {}, Limits(regional_idle=0.2)),
    ],
)
@pytest.mark.parametrize("mode", [STREAM, BUFFER])
async def test_nothing_in_time_is_504(
    path: str,
    properties: dict[str, Any],
    limits: Limits,
    mode: tuple[str, str],
    limited: Make,
    http: httpx.AsyncClient,
    gate: Gate,
) -> None:
    if mode is BUFFER and not properties and limits.integration == 29:
        properties = {"Integration": {"TimeoutInMillis": "200"}}
    async with limited(limits, mode, **properties) as cloud:
        reply = await http.get(f"{url_of(cloud, EndpointKind.REST_API)}{path}")
        await gate.open()

    assert (reply.status_code, reply.json()) == (504, {"message": "Endpoint request timed out"})
    assert reply.headers["x-amzn-errortype"] == "InternalServerErrorException"


# The first chunk comes well before, on a slow machine as well, once the function runs.
CUT_S = 2.0


async def warm_up(cloud: LocalCloud) -> None:
    """By no endpoint, so within no limit."""
    assert [chunk async for chunk in cloud.invoke_stream("Words", {"do": "words"})]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "limits", "edge"),
    [
        (EndpointKind.REST_API, Limits(regional_idle=CUT_S), False),
        (EndpointKind.REST_API, Limits(edge_idle=CUT_S), True),
        (EndpointKind.REST_API, Limits(integration=CUT_S), False),
        (EndpointKind.FUNCTION_URL, Limits(invocation=CUT_S), False),
    ],
)
async def test_stream_that_takes_too_long_is_cut_and_the_function_runs_on(
    kind: EndpointKind,
    limits: Limits,
    edge: bool,
    limited: Make,
    http: httpx.AsyncClient,
    gate: Gate,
) -> None:
    async with limited(limits, edge=edge) as cloud:
        await warm_up(cloud)
        async with http.stream("GET", f"{url_of(cloud, kind)}gated") as reply:
            chunks = reply.aiter_raw()
            assert await anext(chunks) == b"one"
            with pytest.raises(httpx.RemoteProtocolError):
                await anext(chunks)

        # It stands at the gate still.
        await gate.open()


async def test_function_url_that_gets_nothing_in_time_is_502(
    limited: Make, http: httpx.AsyncClient, gate: Gate
) -> None:
    async with limited(Limits(invocation=0.3)) as cloud:
        reply = await http.get(f"{url_of(cloud, EndpointKind.FUNCTION_URL)}hangs")
        await gate.open()

    assert (reply.status_code, reply.text) == (502, "Internal Server Error")


@pytest.mark.slow
async def test_lambda_api_tells_of_a_time_out(limited: Make, gate: Gate) -> None:
    async with limited(Limits(invocation=CUT_S)) as cloud:
        await warm_up(cloud)
        sdk = Sdk(cloud.lambda_url)
        events = await sdk.events(FunctionName="Words", Payload=b'{"do": "gated"}')
        await gate.open()
        sdk.close()

    assert events[0]["PayloadChunk"]["Payload"] == b"one"
    assert (
        f"Task timed out after {CUT_S:.2f} seconds" in events[-1]["InvokeComplete"]["ErrorDetails"]
    )


SLOW = Limits(lambda_burst=3, lambda_rate=1, rest_burst=3, rest_rate=1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", HTTP_ENDPOINTS)
async def test_bytes_beyond_the_free_ones_are_held_back(
    kind: EndpointKind, limited: Make, http: httpx.AsyncClient, gate: Gate
) -> None:
    # Three bytes are free; the next ones of "large_stream" would be due in days.
    async with limited(SLOW) as cloud:
        async with http.stream("GET", f"{url_of(cloud, kind)}runs_on") as reply:
            chunks = reply.aiter_raw()
            assert await anext(chunks) == b"one"
            await gate.open()
            held = asyncio.ensure_future(anext(chunks))
            done, _ = await asyncio.wait([held], timeout=0.3)
            held.cancel()

        assert not done


@pytest.mark.slow
async def test_lambda_api_holds_back_too(limited: Make, gate: Gate) -> None:
    async with limited(SLOW) as cloud:
        sdk = Sdk(cloud.lambda_url)
        events = await sdk.stream(FunctionName="Words", Payload=b'{"do": "runs_on"}')
        first = await anext(events)
        await gate.open()
        held = asyncio.ensure_future(anext(events))
        done, _ = await asyncio.wait([held], timeout=0.3)

    # The cloud has gone without waiting for days, and whoever waited for it is free.
    await asyncio.gather(held, return_exceptions=True)
    sdk.close()
    assert (first["PayloadChunk"]["Payload"], done) == (b"one", set())


@pytest.mark.parametrize(
    "mode", [(STREAM[0], "BUFFERED"), (BUFFER[0], "STREAM")], ids=["buffered", "stream"]
)
async def test_modes_that_do_not_go_together(
    mode: tuple[str, str], limited: Make, http: httpx.AsyncClient
) -> None:
    async with limited(Limits(), mode) as cloud:
        reply = await http.get(f"{url_of(cloud, EndpointKind.REST_API)}words")

    assert (reply.status_code, reply.json()) == (500, {"message": "Internal server error"})
