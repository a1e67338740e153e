"""The real Lambda Web Adapter with FastAPI under uvicorn: an extension and a wrapper of a layer.

The app stands at a gate between its first chunk and its second.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud
from tests.local.conftest import LogLines, Sdk
from tests.support.endpoint_clouds import api, url_of
from tests.support.free_ports import find_free_ports
from tests.support.gate import Gate
from tests.support.local_assembly import url, write_assembly
from tests.support.web_adapter import (
    ADAPTER,
    LAYER_ARN,
    adapted_function,
    write_app,
    write_layer,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not ADAPTER.exists(), reason="no Lambda Web Adapter: `make bench` builds it, with cargo"
    ),
]


@pytest.fixture
async def cloud(tmp_path: Path, lines: LogLines) -> AsyncIterator[LocalCloud]:
    port = find_free_ports(1)
    resources = {
        "App": adapted_function(port, FunctionName="App"),
        "Url": url("App"),
        **api("App"),
    }
    assets = {"app.zip": write_app(tmp_path / "app")}
    written = write_assembly(tmp_path / "cdk.out", resources, assets=assets)
    layer = write_layer(tmp_path / "layer")
    log = lambda name, line: lines.append((name, line))  # noqa: E731
    async with LocalCloud(written, log=log, layers={LAYER_ARN: layer}) as opened:
        yield opened


@pytest.mark.parametrize("kind", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])
async def test_chunk_1_arrives_before_chunk_2_is_made(
    cloud: LocalCloud, http: httpx.AsyncClient, gate: Gate, kind: EndpointKind
) -> None:
    target = f"{url_of(cloud, kind)}gated"
    async with http.stream("GET", target, params={"gate": gate.port}, timeout=60) as response:
        chunks = response.aiter_raw()
        first = await anext(chunks)
        await gate.open()
        rest = b"".join([chunk async for chunk in chunks])

    assert (response.status_code, first, rest) == (200, b"one", b"two")
    assert response.headers["x-a"] == "1"
    assert cloud.unsupported == ()


async def test_the_sdk_gets_chunk_1_before_chunk_2_is_made(sdk: Sdk, gate: Gate) -> None:
    event = {
        "version": "2.0",
        "rawPath": "/gated",
        "rawQueryString": f"gate={gate.port}",
        "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/gated"}},
        "isBase64Encoded": False,
    }
    events = await sdk.stream(FunctionName="App", Payload=json.dumps(event).encode())

    data = b""
    while not data.endswith(b"one"):
        data += (await anext(events))["PayloadChunk"]["Payload"]
    await gate.open()
    rest = [event async for event in events]

    assert rest[-1] == {"InvokeComplete": {}}
    assert rest[0] == {"PayloadChunk": {"Payload": b"two"}}


async def test_two_environments_at_a_time(
    cloud: LocalCloud, http: httpx.AsyncClient, gate: Gate, lines: LogLines
) -> None:
    """Each has a server of its own, on this machine's one network."""
    target = f"{url_of(cloud, EndpointKind.FUNCTION_URL)}gated"

    def call() -> object:
        return http.stream("GET", target, params={"gate": gate.port}, timeout=60)

    async with call() as one, call() as other:  # type: ignore[attr-defined]
        firsts = [await anext(each.aiter_raw()) for each in (one, other)]
        await gate.open()
        await gate.open()

    assert firsts == [b"one", b"one"]
    assert any("its port is in use here: PORT is " in line for _, line in lines)
