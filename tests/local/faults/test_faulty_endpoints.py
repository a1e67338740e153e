"""Faults on real sockets: the client sees them, and the next request is well served."""

import asyncio
import email.utils
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import httpx
import pytest
from botocore.exceptions import ClientError

from streambda.local import EndpointKind, EndpointOptions, Faults, Limits, LocalCloud
from tests.local.conftest import Sdk
from tests.support.endpoint_clouds import api, running_in_thread, small_function, url_of
from tests.support.gate import Gate, serve_gate
from tests.support.local_assembly import function, url
from tests.support.reset_client import get_until_reset

BINARY = b"\0" * 8 + bytes(range(256)) + "é".encode() + b"\0" * 8
URL, REST, LAMBDA = EndpointKind.FUNCTION_URL, EndpointKind.REST_API, EndpointKind.LAMBDA_API
HTTP_ENDPOINTS = (URL, REST)


@pytest.fixture(scope="module")
def gate_listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
async def gate(gate_listener: socket.socket) -> AsyncIterator[Gate]:
    async with serve_gate(gate_listener) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_cloud(
    gate_listener: socket.socket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalCloud]:
    variables = {"Variables": {"GATE": str(gate_listener.getsockname()[1])}}
    resources = {
        "Words": function(FunctionName="Words", Environment=variables),
        "Url": url("Words"),
        **api("Words"),
        "Packed": small_function("packed"),
        "PackedUrl": url("Packed"),
    }
    options = EndpointOptions(limits=Limits.none())
    folder = tmp_path_factory.mktemp("faults") / "cloud"
    with running_in_thread(folder, resources, options) as cloud:
        yield cloud


@pytest.fixture
def cloud(shared_cloud: LocalCloud) -> Iterator[LocalCloud]:
    """Without faults, before a test and after it."""
    yield shared_cloud
    shared_cloud.faults.clear()


@pytest.mark.slow
@pytest.mark.parametrize("kind", HTTP_ENDPOINTS)
async def test_reset_after_so_many_bytes(
    kind: EndpointKind, cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    address = url_of(cloud, kind)
    for after in (0, 1, 7, 8, 9, 250, len(BINARY)):
        cloud.faults[kind] = Faults(reset_after=after)

        assert await get_until_reset(f"{address}binary") == (BINARY[:after], True), after

    cloud.faults.clear()
    assert (await http.get(f"{address}binary")).content == BINARY


async def test_all_that_was_sent_before_a_reset_arrives(cloud: LocalCloud, gate: Gate) -> None:
    cloud.faults[URL] = Faults(reset_after=5_000_000)
    arriving = asyncio.ensure_future(get_until_reset(f"{url_of(cloud, URL)}runs_on"))
    await gate.open()

    body, reset = await arriving

    assert (len(body), reset) == (5_000_000, True)
    await gate.open()


async def test_client_that_left_before_its_reset(
    cloud: LocalCloud, http: httpx.AsyncClient, gate: Gate
) -> None:
    cloud.faults[URL] = Faults(reset_after=10)
    async with http.stream("GET", f"{url_of(cloud, URL)}runs_on") as reply:
        assert await anext(reply.aiter_raw()) == b"one"
    await gate.open()

    await gate.open()


async def test_response_that_is_shorter_is_not_reset(
    cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    cloud.faults[URL] = Faults(reset_after=len(BINARY) + 1)

    assert (await http.get(f"{url_of(cloud, URL)}binary")).content == BINARY


async def test_function_runs_on_behind_a_reset(
    cloud: LocalCloud, http: httpx.AsyncClient, gate: Gate
) -> None:
    cloud.faults[URL] = Faults(reset_after=2)

    assert await get_until_reset(f"{url_of(cloud, URL)}runs_on") == (b"on", True)
    await gate.open()
    await gate.open()


@pytest.mark.slow
@pytest.mark.parametrize("kind", HTTP_ENDPOINTS)
async def test_prelude_cut_at_every_byte(
    kind: EndpointKind, cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    for size in range(1, 120):
        cloud.faults[kind] = Faults(split_prelude=size)
        reply = await http.get(f"{url_of(cloud, kind)}words")

        assert (reply.status_code, reply.content) == (201, b"one two"), size
        assert reply.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2"], size


async def test_callers_of_lambda_get_the_prelude_in_pieces(cloud: LocalCloud) -> None:
    cloud.faults[LAMBDA] = Faults(split_prelude=5)
    with closing(Sdk(cloud.lambda_url)) as sdk:
        events = await sdk.events(FunctionName="Words", Payload=b'{"do": "odd_prelude"}')

    pieces = [event["PayloadChunk"]["Payload"] for event in events[:-1]]
    assert b"".join(pieces) == b'{"statusCode": "200"}' + b"\0" * 8 + b"body"
    assert max(len(piece) for piece in pieces) == 5


async def test_error_that_is_lost_with_the_trailers(
    cloud: LocalCloud, http: httpx.AsyncClient, gate: Gate
) -> None:
    cloud.faults |= dict.fromkeys(EndpointKind, Faults(trailer_loss=True))
    for kind in HTTP_ENDPOINTS:
        async with http.stream("GET", f"{url_of(cloud, kind)}fails_midway") as reply:
            await gate.open()
            assert await reply.aread() == b"one"
    with closing(Sdk(cloud.lambda_url)) as sdk:
        events = await sdk.stream(FunctionName="Words", Payload=b'{"do": "fails_midway"}')
        await anext(events)
        await gate.open()
        assert [event async for event in events] == [{"InvokeComplete": {}}]


async def test_cut_body_is_no_matter_of_trailers(
    cloud: LocalCloud, http: httpx.AsyncClient, gate: Gate
) -> None:
    cloud.faults[URL] = Faults(trailer_loss=True)
    async with http.stream("GET", f"{url_of(cloud, URL)}crashes_midway") as reply:
        await gate.open()
        with pytest.raises(httpx.RemoteProtocolError):
            await reply.aread()


async def test_throttle_is_each_endpoints_own_429(
    cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    cloud.faults |= dict.fromkeys(EndpointKind, Faults(throttle=1))

    of_url = await http.get(f"{url_of(cloud, URL)}words")
    of_rest = await http.get(f"{url_of(cloud, REST)}words")
    with closing(Sdk(cloud.lambda_url)) as sdk, pytest.raises(ClientError) as caught:
        await sdk.call("invoke", FunctionName="Words")

    assert (of_url.status_code, of_url.json()) == (429, {"Message": "Rate Exceeded."})
    assert (of_rest.status_code, of_rest.json()) == (429, {"message": "Too Many Requests"})
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"


@pytest.mark.slow
async def test_same_seed_throttles_the_same_requests(
    cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    rounds = []
    for seed in (1, 1, 2):
        cloud.faults.clear()
        await http.get(f"{url_of(cloud, URL)}words")
        cloud.faults[URL] = Faults(throttle=0.5, seed=seed)
        replies = [await http.get(f"{url_of(cloud, URL)}words") for _ in range(8)]
        rounds.append([reply.status_code for reply in replies])

    assert rounds[0] == rounds[1] != rounds[2]
    assert set(rounds[0]) == {201, 429}


async def test_gzip_is_unpacked_on_its_way(cloud: LocalCloud, http: httpx.AsyncClient) -> None:
    packed_url = [endpoint.url for endpoint in cloud.endpoints if endpoint.kind is URL][1]
    packed = await http.get(packed_url)
    cloud.faults[URL] = Faults(gunzip=True)
    unpacked = await http.get(packed_url)
    plain = await http.get(f"{packed_url}plain")

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in unpacked.headers
    assert packed.content == unpacked.content == b"unpacked " * 1000
    assert plain.content == b"plain"


async def test_clock_of_another_time(cloud: LocalCloud, http: httpx.AsyncClient) -> None:
    now = time.time()
    cloud.faults[URL] = Faults(clock_skew=-3600)
    reply = await http.get(f"{url_of(cloud, URL)}echo")
    cloud.faults.clear()
    straight = await http.get(f"{url_of(cloud, URL)}echo")

    [date] = reply.headers.get_list("date")
    assert -3660 < email.utils.parsedate_to_datetime(date).timestamp() - now < -3500
    deadlines = [int(json.loads(r.content)["headers"][DEADLINE]) for r in (reply, straight)]
    assert -3620_000 < deadlines[0] - now * 1000 < -3400_000
    assert deadlines[1] - now * 1000 > 0


DEADLINE = "lambda-runtime-deadline-ms"


@pytest.mark.slow
async def test_slow_reader_holds_the_function_back(
    cloud: LocalCloud, http: httpx.AsyncClient, gate: Gate
) -> None:
    cloud.faults[URL] = Faults(slow_reader=1000)
    async with http.stream("GET", f"{url_of(cloud, URL)}runs_on") as reply:
        chunks = reply.aiter_raw()
        assert await anext(chunks) == b"one"
        await gate.open()
        # 16 MB at 1,000 bytes a second; without the fault they are there at once.
        done = asyncio.ensure_future(gate.wait_for_arrival())
        finished, _ = await asyncio.wait([done], timeout=0.5)
        done.cancel()

    assert not finished
