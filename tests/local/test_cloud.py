"""The cloud as a whole: ports, start, and an end that leaves nothing."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import AssemblyError, EndpointKind, LocalCloud, LocalCloudError, PortInUse
from streambda.local.http.server import bind, bind_all, url_of
from tests.local.conftest import LogLines
from tests.support.free_ports import find_free_ports
from tests.support.gate import Gate
from tests.support.local_assembly import write_assembly


async def test_endpoints_take_ports_in_a_row(tmp_path: Path, resources: dict[str, Any]) -> None:
    folder = write_assembly(tmp_path, resources)
    port = find_free_ports(4)

    async with LocalCloud(folder, port=port) as cloud:
        assert [(endpoint.kind, endpoint.name, endpoint.url) for endpoint in cloud.endpoints] == [
            (EndpointKind.LAMBDA_API, "lambda", f"http://127.0.0.1:{port}"),
            (EndpointKind.FUNCTION_URL, "Words", f"http://127.0.0.1:{port + 1}/"),
            (EndpointKind.FUNCTION_URL, "Words", f"http://127.0.0.1:{port + 2}/"),
            (EndpointKind.REST_API, "Api/prod", f"http://127.0.0.1:{port + 3}/prod/"),
        ]
        assert cloud.lambda_url == f"http://127.0.0.1:{port}"
        assert [function.name for function in cloud.functions][:2] == ["Words", "Hasty"]


async def test_port_in_use_is_named(tmp_path: Path, resources: dict[str, Any]) -> None:
    folder = write_assembly(tmp_path, resources)
    port = find_free_ports(4)

    with bind("127.0.0.1", port + 2), pytest.raises(PortInUse, match=f"port {port + 2} on"):
        async with LocalCloud(folder, port=port):
            raise AssertionError("not reached")


async def test_missing_assembly(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match="cdk synth"):
        async with LocalCloud(tmp_path):
            raise AssertionError("not reached")


async def test_leaving_ends_what_is_in_progress(
    tmp_path: Path, resources: dict[str, Any], gate: Gate, http: httpx.AsyncClient
) -> None:
    before = asyncio.all_tasks()
    lines: LogLines = []

    async with LocalCloud(
        write_assembly(tmp_path, resources), log=lambda *line: lines.append(line)
    ) as cloud:
        url = cloud.endpoints[1].url
        reply = await http.send(http.build_request("GET", f"{url}gated"), stream=True)
        waiting = asyncio.ensure_future(http.get(f"{url}hangs"))
        chunks = reply.aiter_raw()
        assert await anext(chunks) == b"one"
        for _ in range(2):
            await gate.wait_for_arrival()

    with pytest.raises(httpx.TransportError):
        await anext(chunks)
    with pytest.raises(httpx.TransportError):
        await waiting
    await reply.aclose()
    assert asyncio.all_tasks() == before


async def test_leaving_does_not_wait_for_a_client_that_does_not_read(
    tmp_path: Path, resources: dict[str, Any], gate: Gate, http: httpx.AsyncClient
) -> None:
    async with LocalCloud(write_assembly(tmp_path, resources)) as cloud:
        request = http.build_request("GET", f"{cloud.endpoints[1].url}runs_on")
        reply = await http.send(request, stream=True)
        assert await anext(reply.aiter_raw()) == b"one"
        await gate.open()

    await reply.aclose()


def test_url_of_ipv6() -> None:
    try:
        bound = bind("::1", 0)
    except LocalCloudError:
        pytest.skip("this machine has no IPv6")
    with bound:
        assert url_of(bound).startswith("http://[::1]:")


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1"])
def test_host_that_cannot_be_listened_on(host: str) -> None:
    with pytest.raises(LocalCloudError, match=f"cannot listen on .*{host}"):
        bind(host, 0)


def test_all_ports_or_none() -> None:
    port = find_free_ports(2)
    with bind("127.0.0.1", port + 1), pytest.raises(PortInUse, match=f"port {port + 1} on"):
        bind_all("127.0.0.1", port, 2)
    bind("127.0.0.1", port).close()


def test_ports_beyond_the_last() -> None:
    message = "from port 65534 on there are too few ports for 3 endpoints, expected at most 65533"
    with pytest.raises(LocalCloudError, match=message):
        bind_all("127.0.0.1", 65_534, 3)
