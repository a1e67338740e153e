"""The control port: what it tells, what it sends, and whom it serves."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud, PortInUse
from streambda.local.auth.guard import AuthMode
from streambda.local.console.origin_check import SECURITY, refusal
from streambda.local.endpoints.options import EndpointOptions
from streambda.local.http.server import bind
from tests.support.console_clients import Api, until
from tests.support.free_ports import find_free_ports
from tests.support.gate import Gate
from tests.support.local_assembly import write_assembly

PAGE = Path(__file__).parents[3] / "streambda" / "local" / "console" / "page"
URL, REST, LAMBDA = 1, 3, 0  # places in cloud.endpoints
ENFORCED = EndpointOptions(auth=AuthMode.ENFORCE)


async def test_functions_and_endpoints(api: Api, cloud: LocalCloud) -> None:
    told = await api.read("/api/functions")

    assert [one["name"] for one in told["functions"]] == ["Words", "Hasty", "InitError", "Exits"]
    assert told["functions"][1] == {
        "name": "Hasty",
        "handler": "any",
        "runtime": "provided.al2023",
        "memory_mb": 128,
        "timeout_s": 1,
    }
    assert [one["url"] for one in told["endpoints"]] == [
        endpoint.url for endpoint in cloud.endpoints
    ]
    assert told["endpoints"][REST]["routes"] == [
        {"method": "ANY", "path": "/{proxy+}", "streams": True, "iam": False},
        {"method": "GET", "path": "/buffered/{name}", "streams": False, "iam": False},
    ]


@pytest.mark.slow
async def test_the_page_and_all_that_it_names(api: Api) -> None:
    page = await api.get("/")

    assert page.headers["content-type"].startswith("text/html")
    assert {key: page.headers[key] for key in SECURITY} == dict(SECURITY)
    for file in PAGE.iterdir():
        assert (await api.get(f"/{file.name}")).content == file.read_bytes()
    assert (await api.get("/nothing.js")).status_code == 404


@pytest.mark.parametrize("file", sorted(PAGE.iterdir()), ids=lambda file: file.name)
def test_the_page_needs_nothing_from_elsewhere(file: Path) -> None:
    text = file.read_text().replace("http://www.w3.org/2000/svg", "")

    assert "://" not in text
    assert "style=" not in text  # which the policy forbids
    assert text.count("\n") <= 200


@pytest.mark.parametrize(
    ("endpoint", "title"),
    [(URL, "/echo?a=%C3%BC%20b&c=%20"), (REST, "/prod/echo?a=%C3%BC+b&c=+")],
)
async def test_a_request_goes_through_its_endpoint(endpoint: int, title: str, api: Api) -> None:
    order = {
        "endpoint": endpoint,
        "method": "POST",
        "path": "/echo?a=ü b&c=%20",
        "headers": [["x-a", "1"], ["content-type", "application/json"]],
        "body": '{"it": "is"}',
    }

    answer = await api.invoke(**order)
    run = await api.only_run()

    assert (answer["status"], answer["body"]) == (200, None)
    assert ["content-type", "application/json"] in answer["headers"]
    assert run["summary"]["title"] == f"POST {title}"
    assert '"x-a": "1"' in run["events"][0]["event"]


async def test_an_event_goes_to_lambdas_api(api: Api) -> None:
    path = "/2015-03-31/functions/Words/invocations"

    answer = await api.invoke(endpoint=LAMBDA, method="POST", path=path, body='{"do": "words"}')

    assert (answer["status"], answer["body"]) == (200, "one two")
    assert (await api.only_run())["summary"]["endpoint"] == "lambda-api"


async def test_a_stream_is_answered_at_its_beginning_and_read_to_its_end(
    api: Api, gate: Gate
) -> None:
    async with api.events() as told:
        answer = await api.invoke(endpoint=URL, path="/gated")
        await until(told, "chunk")
        await gate.open()
        end = await until(told, "ended")

    assert (answer["status"], answer["body"]) == (200, None)
    assert end["outcome"] == "completed"


async def test_nobody_has_to_wait_for_the_one_who_asked(api: Api, gate: Gate) -> None:
    async with api.events() as told:
        await api.invoke(endpoint=URL, path="/runs_on")
        await gate.open()
        end = await until(told, "ended")
        await gate.open()

    assert end["outcome"] == "completed"


async def test_a_stream_that_is_cut_does_no_harm(api: Api, gate: Gate) -> None:
    async with api.events() as told:
        await api.invoke(endpoint=URL, path="/fails_midway")
        await gate.open()
        assert (await until(told, "ended"))["outcome"] == "failed"

    assert (await api.invoke(endpoint=URL, path="/words"))["status"] == 201


async def test_what_an_endpoint_refuses_is_shown(api: Api) -> None:
    missing = await api.invoke(endpoint=LAMBDA, path="/nowhere")
    failed = await api.invoke(endpoint=URL, path="/fails_before")
    head = await api.invoke(endpoint=URL, method="HEAD", path="/words")

    assert missing["status"] == 404
    assert "no such call: GET /nowhere" in missing["body"]
    assert (failed["status"], failed["body"]) == (502, "Internal Server Error")
    assert (head["status"], head["body"]) == (201, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("order", "message"),
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
async def test_an_order_that_cannot_be_carried_out(
    order: dict[str, Any], message: str, api: Api
) -> None:
    answer = await api.post("/api/invoke", json=order)

    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert await api.invocations() == []


async def test_an_order_that_is_no_json(api: Api) -> None:
    head = {"content-type": "application/json"}
    answer = await api.post("/api/invoke", content=b"{", headers=head)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("body: Invalid JSON")


async def test_an_invocation_that_is_not_there(api: Api) -> None:
    answer = await api.get("/api/invocations/nope")

    assert answer.status_code == 404
    assert answer.json() == {"error": "invocation 'nope' is not, or no longer, recorded"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://example.com"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},  # a Function URL is another origin too
        {"host": "rebound.example.com"},
        {"host": "127.0.0.1.example.com"},
        {"host": ""},
        {"host": "[::1"},
        {"content-type": "text/plain"},  # what a form could send without asking
        {"content-type": ""},
    ],
)
async def test_another_origin_can_invoke_nothing(headers: dict[str, str], api: Api) -> None:
    answer = await api.post(
        "/api/invoke",
        content=b'{"endpoint": 1, "path": "/words"}',
        headers={"content-type": "application/json", **headers},
    )

    assert answer.status_code in {400, 403}  # 400: uvicorn refuses a Host before us
    assert "access-control-allow-origin" not in answer.headers
    assert await api.invocations() == []


async def test_another_origin_gets_no_preflight(api: Api) -> None:
    asked = {"origin": "https://example.com", "access-control-request-method": "POST"}
    answer = await api.options("/api/invoke", headers=asked)

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_another_origin_can_read_nothing(api: Api) -> None:
    answer = await api.get("/api/events", headers={"origin": "https://example.com"})

    assert answer.status_code == 403
    assert answer.json()["error"].startswith("Origin is 'https://example.com', expected")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8003", "127.0.0.2", "localhost:8003", "[::1]:8003", "LOCALHOST"]
)
def test_every_name_of_loopback_is_served(host: str) -> None:
    from starlette.datastructures import Headers

    assert refusal("GET", Headers({"host": host})) is None
    assert refusal("GET", Headers({"host": host, "origin": f"http://{host}"})) is None


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


async def test_leaving_ends_feeds_and_what_is_read_on(
    tmp_path: Path, resources: dict[str, Any], gate: Gate
) -> None:
    before = asyncio.all_tasks()
    folder = write_assembly(tmp_path, resources)

    async with LocalCloud(folder, console=True) as cloud:
        assert cloud.console_url
        api = Api(cloud.console_url)
        events = api.events()
        told = await events.__aenter__()
        await anext(told)
        await api.invoke(endpoint=URL, path="/gated")
        await gate.wait_for_arrival()

    with pytest.raises(httpx.TransportError):
        async for _ in told:
            pass
    await events.__aexit__(None, None, None)
    await api.aclose()
    assert asyncio.all_tasks() == before
