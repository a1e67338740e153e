"""The console's API: what it answers, and what it sends."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud, PortInUse
from streambda.local.auth.guard import AuthMode
from streambda.local.console.origin_check import SECURITY_HEADERS
from streambda.local.endpoints.options import EndpointOptions
from streambda.local.http.server import bind
from tests.support.console_clients import ConsoleClient, wait_for_event
from tests.support.free_ports import find_free_ports
from tests.support.gate import Gate
from tests.support.local_assembly import write_assembly

PAGE = Path(__file__).parents[3] / "streambda" / "local" / "console" / "page"
URL, REST, LAMBDA = 1, 3, 0  # indexes into cloud.endpoints
ENFORCED = EndpointOptions(auth=AuthMode.ENFORCE)


async def test_functions_and_endpoints(api: ConsoleClient, cloud: LocalCloud) -> None:
    content = await api.get_json("/api/functions")

    assert [one["name"] for one in content["functions"]] == ["Words", "Hasty", "InitError", "Exits"]
    assert content["functions"][1] == {
        "name": "Hasty",
        "short_name": "Hasty",
        "handler": "any",
        "runtime": "provided.al2023",
        "memory_mb": 128,
        "timeout_s": 1,
    }
    assert [one["url"] for one in content["endpoints"]] == [
        endpoint.url for endpoint in cloud.endpoints
    ]
    assert content["endpoints"][REST]["routes"] == [
        {"method": "ANY", "path": "/{proxy+}", "streams": True, "iam": False},
        {"method": "GET", "path": "/buffered/{name}", "streams": False, "iam": False},
    ]


@pytest.mark.slow
async def test_every_file_of_the_page_is_served(api: ConsoleClient) -> None:
    page = await api.get("/")

    assert page.headers["content-type"].startswith("text/html")
    assert {key: page.headers[key] for key in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
    for file in PAGE.iterdir():
        assert (await api.get(f"/{file.name}")).content == file.read_bytes()
    assert (await api.get("/nothing.js")).status_code == 404


@pytest.mark.parametrize("file", sorted(PAGE.iterdir()), ids=lambda file: file.name)
def test_the_page_needs_nothing_from_elsewhere(file: Path) -> None:
    text = file.read_text().replace("http://www.w3.org/2000/svg", "")

    assert "://" not in text
    assert "style=" not in text  # the content security policy forbids it
    assert text.count("\n") <= 200


@pytest.mark.parametrize(
    ("endpoint", "title"),
    [(URL, "/echo?a=%C3%BC%20b&c=%20"), (REST, "/prod/echo?a=%C3%BC+b&c=+")],
)
async def test_a_request_goes_through_its_endpoint(
    endpoint: int, title: str, api: ConsoleClient
) -> None:
    body = {
        "endpoint": endpoint,
        "method": "POST",
        "path": "/echo?a=ü b&c=%20",
        "headers": [["x-a", "1"], ["content-type", "application/json"]],
        "body": '{"it": "is"}',
    }

    response = await api.invoke(**body)
    invocation = await api.get_only_invocation()

    assert (response["status"], response["body"]) == (200, None)
    assert ["content-type", "application/json"] in response["headers"]
    assert invocation["summary"]["title"] == f"POST {title}"
    assert '"x-a": "1"' in invocation["events"][0]["event"]


async def test_an_event_goes_to_lambdas_api(api: ConsoleClient) -> None:
    path = "/2015-03-31/functions/Words/invocations"

    response = await api.invoke(endpoint=LAMBDA, method="POST", path=path, body='{"do": "words"}')

    assert (response["status"], response["body"]) == (200, "one two")
    assert (await api.get_only_invocation())["summary"]["endpoint"] == "lambda-api"


async def test_a_stream_comes_back_with_its_head_and_is_read_to_its_end(
    api: ConsoleClient, gate: Gate
) -> None:
    async with api.stream_events() as events:
        response = await api.invoke(endpoint=URL, path="/gated")
        await wait_for_event(events, "chunk")
        await gate.open()
        end = await wait_for_event(events, "ended")

    assert (response["status"], response["body"]) == (200, None)
    assert end["outcome"] == "completed"


async def test_a_function_goes_on_after_the_page_has_its_response(
    api: ConsoleClient, gate: Gate
) -> None:
    async with api.stream_events() as events:
        await api.invoke(endpoint=URL, path="/runs_on")
        await gate.open()
        end = await wait_for_event(events, "ended")
        await gate.open()

    assert end["outcome"] == "completed"


async def test_a_stream_that_is_cut_does_no_harm(api: ConsoleClient, gate: Gate) -> None:
    async with api.stream_events() as events:
        await api.invoke(endpoint=URL, path="/fails_midway")
        await gate.open()
        assert (await wait_for_event(events, "ended"))["outcome"] == "failed"

    assert (await api.invoke(endpoint=URL, path="/words"))["status"] == 201


async def test_an_error_response_of_an_endpoint_comes_back_with_its_body(
    api: ConsoleClient,
) -> None:
    missing = await api.invoke(endpoint=LAMBDA, path="/nowhere")
    failed = await api.invoke(endpoint=URL, path="/fails_before")
    head = await api.invoke(endpoint=URL, method="HEAD", path="/words")

    assert missing["status"] == 404
    assert "GET /nowhere is not emulated" in missing["body"]
    assert (failed["status"], failed["body"]) == (502, "Internal Server Error")
    assert (head["status"], head["body"]) == (201, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"endpoint": 9}, "endpoint is 9, expected 0 to 3"),
        ({"endpoint": -1}, "endpoint is -1, expected 0 to 3"),
        ({}, "endpoint: Field required"),
        ({"endpoint": 1, "path": "words"}, "path is 'words', expected one that begins with '/'"),
        ({"endpoint": 1, "method": "G T"}, "this request cannot be sent"),
        ({"endpoint": 1, "headers": [["a b", "c"]]}, "this request cannot be sent"),
        ({"endpoint": 1, "headers": [["a", "b\nc: d"]]}, "this request cannot be sent"),
        ({"endpoint": 1, "headers": [["ü", "c"]]}, "this request cannot be sent"),
        ({"endpoint": 1, "headers": [["Content-Length", "9"]]}, "this request cannot be sent"),
    ],
)
async def test_a_request_that_cannot_be_sent_is_refused(
    body: dict[str, Any], message: str, api: ConsoleClient
) -> None:
    response = await api.post("/api/invoke", json=body)

    assert response.status_code == 400
    assert message in response.json()["error"]
    assert await api.list_invocations() == []


async def test_a_body_that_is_not_json_is_refused(api: ConsoleClient) -> None:
    head = {"content-type": "application/json"}
    response = await api.post("/api/invoke", content=b"{", headers=head)

    assert response.status_code == 400
    assert response.json()["error"].startswith("body: Invalid JSON")


async def test_an_unknown_invocation_is_not_found(api: ConsoleClient) -> None:
    response = await api.get("/api/invocations/nope")

    assert response.status_code == 404
    assert response.json() == {"error": "no recording of invocation 'nope', or no longer"}


async def test_the_console_takes_the_port_after_the_endpoints(
    tmp_path: Path, resources: dict[str, Any]
) -> None:
    folder = write_assembly(tmp_path, resources)
    port = find_free_ports(5)

    async with LocalCloud(folder, port=port, console=True) as cloud:
        assert [endpoint.kind for endpoint in cloud.endpoints][:1] == [EndpointKind.LAMBDA_API]
        assert cloud.lambda_url.endswith(f":{port}")
        assert cloud.console_url == f"http://127.0.0.1:{port + 4}/"

    with bind("127.0.0.1", port + 4), pytest.raises(PortInUse, match=f"port {port + 4} on"):
        async with LocalCloud(folder, port=port, console=True):
            raise AssertionError("not reached")


async def test_the_console_stays_on_loopback(tmp_path: Path, resources: dict[str, Any]) -> None:
    folder = write_assembly(tmp_path, resources)

    async with LocalCloud(folder, host="0.0.0.0", options=ENFORCED, console=True) as cloud:
        assert cloud.console_url
        assert cloud.console_url.startswith("http://127.0.0.1:")


async def test_leaving_the_cloud_ends_event_streams_and_background_reads(
    tmp_path: Path, resources: dict[str, Any], gate: Gate
) -> None:
    before = asyncio.all_tasks()
    folder = write_assembly(tmp_path, resources)

    async with LocalCloud(folder, console=True) as cloud:
        assert cloud.console_url
        api = ConsoleClient(cloud.console_url)
        events = api.stream_events()
        messages = await events.__aenter__()
        await anext(messages)
        await api.invoke(endpoint=URL, path="/gated")
        await gate.wait_for_arrival()

    with pytest.raises(httpx.TransportError):
        async for _ in messages:
            pass
    await events.__aexit__(None, None, None)
    await api.aclose()
    assert asyncio.all_tasks() == before
