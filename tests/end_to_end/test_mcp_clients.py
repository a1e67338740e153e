"""MCP servers through the endpoints of the local cloud, with the official clients as judges.

Progress is received while the tool stands at a gate. One conversation is answered by two execution
environments. The TypeScript clients are those of tests/node_clients/mcp: the new one speaks
2026-07-28, the old one 2025-11-25.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import AuthorizationType
from mcp import Client
from mcp_types import ElicitRequestFormParams, ElicitResult, TextContent

from streambda.cdk import StreamingFunction, StreamingRestApi
from streambda.local.blocking import BlockingCloud, blocking_cloud
from tests.support.mcp_messages import LEGACY, MODERN, call, headers
from tests.support.node_clients import find_clients, run_script
from tests.support.python_with_packages import write_python
from tests.support.web_requests import Answer, Gate, Request, send

pytestmark = pytest.mark.timeout(240)

SERVERS = Path(__file__).parent / "functions/mcp_servers"
URL, REST = "url", "rest"
ENDPOINTS = pytest.mark.parametrize("endpoint", [URL, REST])
NAMES = pytest.mark.parametrize("name", ["Mcp", "Fast"])
HANDLERS = {"Mcp": "handler", "Fast": "fast_handler", "Protected": "protected_handler"}
TIMEOUT_S = {"Protected": 2}  # one test waits for it


class Stack(cdk.Stack):
    def __init__(self, app: cdk.App, python: Path) -> None:
        super().__init__(app, "McpServers")
        for name, handler in HANDLERS.items():
            function = StreamingFunction(
                self,
                name,
                entry=SERVERS,
                handler=f"gated.{handler}",
                timeout=cdk.Duration.seconds(TIMEOUT_S.get(name, 30)),
                environment={"STREAMBDA_PYTHON": str(python)},
            )
            function.add_request_state_key()
            function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)
            api = StreamingRestApi(self, f"{name}Api")
            api.add_stream("ANY", "/{proxy+}", function, authorization_type=AuthorizationType.NONE)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingCloud]:
    folder = tmp_path_factory.mktemp("mcp")
    app = cdk.App(outdir=str(folder / "assembly"), context={"streambda:python-layer": "none"})
    Stack(app, write_python(folder))
    app.synth()
    with blocking_cloud(assembly=folder / "assembly") as cloud:
        yield cloud


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def find_address(cloud: BlockingCloud, endpoint: str, name: str = "Mcp") -> str:
    if endpoint == URL:
        return f"{cloud.function_url(name)}mcp"
    [base] = [one.url for one in cloud.endpoints if one.name.startswith(f"McpServers{name}Api")]
    return f"{base}mcp"


@asynccontextmanager
async def connect(address: str, mode: str = "auto", **options: Any) -> AsyncIterator[Client]:
    async with asyncio.timeout(60), Client(address, mode=mode, **options) as client:
        yield client


@ENDPOINTS
@NAMES
@pytest.mark.parametrize(("mode", "version"), [("auto", MODERN), ("legacy", LEGACY)])
async def test_the_python_client_gets_progress_while_the_tool_runs(
    cloud: BlockingCloud, gate: Gate, endpoint: str, name: str, mode: str, version: str
) -> None:
    told: asyncio.Queue[tuple[float, float | None, str | None]] = asyncio.Queue()

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.put_nowait((progress, total, message))

    async with connect(find_address(cloud, endpoint, name), mode) as client:
        calling = asyncio.create_task(
            client.call_tool("work", {"gate": str(gate.file)}, progress_callback=tell)
        )
        first = await told.get()
        assert not calling.done()
        gate.open()
        result = await calling
        assert client.protocol_version == version

    assert first[:2] == (1, 2)
    assert await told.get() == (2, 2, "second")
    assert result.structured_content == {"result": "done"}


@ENDPOINTS
@NAMES
@pytest.mark.parametrize("which", ["new", "old"])
def test_the_typescript_clients_get_progress_while_the_tool_runs(
    cloud: BlockingCloud, gate: Gate, endpoint: str, name: str, which: str
) -> None:
    script = find_clients("mcp") / "use_server.mjs"
    steps = json.dumps([{"call": "work", "arguments": {"gate": str(gate.file)}}])

    run = run_script(script, which, find_address(cloud, endpoint, name), steps)
    connected, first = run.read_next(), run.read_next()
    gate.open()
    second, result, closed = run.read_rest()

    assert "connected" in connected
    assert first["progress"]["progress"] == 1
    assert second == {"progress": {"progress": 2, "total": 2, "message": "second"}}
    assert result["result"]["structuredContent"] == {"result": "done"}
    assert closed == {"closed": True}


@ENDPOINTS
async def test_two_environments_answer_one_conversation(
    cloud: BlockingCloud, gate: Gate, endpoint: str
) -> None:
    """The one that has asked is busy when the answer comes."""
    holding: list[asyncio.Task[Any]] = []
    held: asyncio.Queue[str | None] = asyncio.Queue()

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        if progress == 1:
            held.put_nowait(message)

    async def answer_elsewhere(context: Any, params: ElicitRequestFormParams) -> ElicitResult:
        busy = None
        while busy != params.message:  # the process that asks
            work = client.call_tool("work", {"gate": str(gate.file)}, progress_callback=tell)
            holding.append(asyncio.create_task(work))
            busy = await held.get()
        return ElicitResult(action="accept", content={"name": "Ada"})

    address = find_address(cloud, endpoint)
    async with connect(address, elicitation_callback=answer_elsewhere) as client:
        [content] = (await client.call_tool("greet", {})).content
        gate.open()
        await asyncio.gather(*holding)

    assert isinstance(content, TextContent)
    document = json.loads(content.text)
    asked, answered = document["processes"]
    assert (document["name"], asked != answered) == ("Ada", True)


def test_the_new_typescript_client_answers_a_question(cloud: BlockingCloud) -> None:
    script = find_clients("mcp") / "use_server.mjs"

    run = run_script(script, "new", find_address(cloud, URL), json.dumps([{"call": "greet"}]))
    documents = run.read_rest()
    [answered] = [one for one in documents if "result" in one]

    assert json.loads(answered["result"]["content"][0]["text"])["name"] == "Ada"


def post(address: str, body: dict[str, Any], version: str, **more: str) -> Answer:
    pairs = tuple((headers(body, version) | more).items())
    return send(address, Request("POST", "", pairs, json.dumps(body).encode()))


@ENDPOINTS
@pytest.mark.parametrize(
    ("version", "media_type"), [(MODERN, "application/json"), (LEGACY, "text/event-stream")]
)
def test_an_answer_without_progress_is_json_or_a_stream(
    cloud: BlockingCloud, endpoint: str, version: str, media_type: str
) -> None:
    answer = post(find_address(cloud, endpoint), call("fail", {}, version), version)

    assert answer.status == 200
    assert dict(answer.headers)["content-type"].startswith(media_type)
    assert b"the tool's own words" in answer.body


@ENDPOINTS
@pytest.mark.parametrize("version", [MODERN, LEGACY])
def test_a_notification_is_accepted_without_a_body(
    cloud: BlockingCloud, endpoint: str, version: str
) -> None:
    body = {"jsonrpc": "2.0", "method": "notifications/initialized", "params": {}}

    answer = post(find_address(cloud, endpoint), body, version)

    assert (answer.status, answer.body) == (202, b"")


@ENDPOINTS
async def test_the_python_client_gets_a_result_of_5_mb(cloud: BlockingCloud, endpoint: str) -> None:
    async with connect(find_address(cloud, endpoint)) as client:
        result = await client.call_tool("large", {"size": 5_000_000})

    assert result.structured_content is not None
    assert len(result.structured_content["result"]) == 5_000_000


@pytest.mark.parametrize("which", ["new", "old"])
def test_the_typescript_clients_get_a_result_of_5_mb(cloud: BlockingCloud, which: str) -> None:
    script = find_clients("mcp") / "use_server.mjs"
    steps = json.dumps([{"call": "large", "arguments": {"size": 5_000_000}}])

    documents = run_script(script, which, find_address(cloud, REST), steps).read_rest()

    [answered] = [one for one in documents if "result" in one]
    assert len(answered["result"]["structuredContent"]["result"]) == 5_000_000


def test_a_tool_that_never_answers_is_the_protocols_error(cloud: BlockingCloud) -> None:
    address = find_address(cloud, URL, "Protected")

    answer = post(address, call("never"), MODERN, authorization="Bearer the-token")

    assert "ended 0.5 s before the timeout" in json.loads(answer.body)["error"]["message"]


@ENDPOINTS
def test_a_protected_server_says_where_tokens_come_from(
    cloud: BlockingCloud, endpoint: str
) -> None:
    address = find_address(cloud, endpoint, "Protected")
    metadata = address.removesuffix("mcp") + ".well-known/oauth-protected-resource/mcp"
    body = call("fail")

    refused = post(address, body, MODERN)
    served = post(address, body, MODERN, authorization="Bearer the-token")
    told = send(metadata, Request("GET", ""))

    assert (refused.status, served.status) == (401, 200)
    challenge = next(value for name, value in refused.headers if "authenticate" in name.lower())
    assert "https://mcp.example/.well-known/oauth-protected-resource/mcp" in challenge
    assert json.loads(told.body)["authorization_servers"] == ["https://issuer.example"]
