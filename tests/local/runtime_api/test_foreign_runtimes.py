"""Functions in Rust and Go: they stream through every endpoint, with their errors in trailers.

They stand at a gate between the first chunk and the second. One of them writes its error trailers
into the body, as other runtimes do: the local cloud says so.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud
from tests.local.conftest import LogLines, Sdk
from tests.support import foreign_runtimes
from tests.support.endpoint_clouds import api, url_of
from tests.support.gate import Gate
from tests.support.local_assembly import function, url, write_assembly

pytestmark = pytest.mark.slow

HTTP = pytest.mark.parametrize("kind", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])


@pytest.fixture(scope="module", params=list(foreign_runtimes.LANGUAGES))
def code(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("foreign") / request.param
    return foreign_runtimes.build(request.param, folder)


@pytest.fixture
async def cloud(tmp_path: Path, code: Path, lines: LogLines) -> AsyncIterator[LocalCloud]:
    resources = {
        "Words": function("whole", FunctionName="Words"),
        "Fails": function("fails", FunctionName="Fails"),
        "Mistakes": function("mistakes", FunctionName="Mistakes"),
        "Url": url("Words"),
        **api("Words"),
    }
    written = write_assembly(tmp_path / "cdk.out", resources, assets={"code.zip": code})
    async with LocalCloud(written, log=lambda name, line: lines.append((name, line))) as opened:
        yield opened


@HTTP
async def test_chunk_1_arrives_before_chunk_2_is_made(
    cloud: LocalCloud, http: httpx.AsyncClient, gate: Gate, kind: EndpointKind
) -> None:
    target = f"{url_of(cloud, kind)}words"
    async with http.stream("GET", target, params={"gate": gate.port}) as response:
        chunks = response.aiter_raw()
        first = await anext(chunks)
        await gate.open()
        rest = [chunk async for chunk in chunks]

    assert (response.status_code, first, rest) == (201, b"one", [b"two"])


async def test_an_error_in_trailers(sdk: Sdk, gate: Gate, lines: LogLines) -> None:
    event = b'{"gate": %d}' % gate.port
    events = await sdk.stream(FunctionName="Fails", Payload=event)

    first = await anext(events)
    await gate.open()
    rest = [event async for event in events]

    details = '{"errorType":"StreamError","errorMessage":"broke"}'
    complete = {"ErrorCode": "Runtime.StreamError", "ErrorDetails": details}
    assert first == {"PayloadChunk": {"Payload": b"one"}}
    assert rest == [{"PayloadChunk": {"Payload": b"two"}}, {"InvokeComplete": complete}]
    assert ("Fails", "cold start with its own bootstrap") in lines
    assert ("Fails", "ready") in lines


async def test_trailers_in_the_body(code: Path, sdk: Sdk, lines: LogLines) -> None:
    """As on AWS it is a success whose body has a strange end. But the log says what it is."""
    if code.name != "rust":
        pytest.skip("the mistake is that of Rust's runtime")

    events = await sdk.events(FunctionName="Mistakes", Payload=b"{}")

    body = b"".join(event["PayloadChunk"]["Payload"] for event in events[:-1])
    assert body.startswith(b"onetwoLambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n")
    assert events[-1] == {"InvokeComplete": {}}
    said = "warning: its error is text at the end of the body, not a trailer: clients see a success"
    assert ("Mistakes", said) in lines
