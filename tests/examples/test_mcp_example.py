"""The example of an MCP server: its own client through its three endpoints, with a gate.

Signatures and keys are enforced. The texts are those of its README.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from mcp import Client
from mcp_types import ElicitResult, TextContent

from streambda.local import AuthMode, EndpointOptions
from streambda.local.blocking import BlockingCloud, blocking_cloud
from tests.support.example_gate import put_gate
from tests.support.examples import synthesise_example
from tests.support.mcp_messages import MODERN, headers, message
from tests.support.python_with_packages import write_python
from tests.support.templates import ROOT
from tests.support.web_requests import Gate, Request, send

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

EXAMPLE = ROOT / "examples/mcp_server"
ISSUER = "https://issuer.example"
METADATA = ".well-known/oauth-protected-resource/mcp"


@dataclass(frozen=True)
class Example:
    """The example, copied and running."""

    cloud: BlockingCloud
    gate: Gate
    key: str  # of the REST API: where AWS generates one, its logical id stands for it

    @property
    def rest(self) -> str:
        return self.cloud.rest_api()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    work = tmp_path_factory.mktemp("mcp_server")
    copied = shutil.copytree(EXAMPLE, work / "app")
    gate = Gate(work)
    put_gate(copied / "src", gate.file)
    template = json.loads(synthesise_example(copied, work / "cdk.out", work).read_text())
    [key] = [
        name
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::ApiGateway::ApiKey"
    ]
    variables = work / "variables.env"
    variables.write_text(f"STREAMBDA_PYTHON={write_python(work)}\nISSUER={ISSUER}\n")
    with blocking_cloud(
        assembly=work / "cdk.out",
        env_file=[variables, f"PublicMcp={EXAMPLE / 'local.env'}"],
        options=EndpointOptions(auth=AuthMode.ENFORCE),
    ) as cloud:
        yield Example(cloud, gate, key)


CALLS = {
    "signed": lambda it: (f"{it.cloud.function_url('Mcp')}mcp", "--region", "us-east-1"),
    "public": lambda it: (f"{it.cloud.function_url('PublicMcp')}mcp", "x-api-key:local-key"),
    "rest": lambda it: (f"{it.rest}mcp", f"x-api-key:{it.key}"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_its_client_prints_progress_while_the_tool_runs(example: Example, call: Any) -> None:
    example.gate.shut()
    client = subprocess.Popen(
        [sys.executable, EXAMPLE / "client.py", *call(example)],
        env={**os.environ, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert client.stdout is not None
        before = client.stdout.readline() + client.stdout.readline()
        example.gate.open()
        rest, errors = client.communicate(timeout=60)
    finally:
        client.kill()

    assert (client.returncode, errors) == (0, "")
    assert before == "protocol 2026-07-28\nprogress 1 of 3: Emma\n"
    assert f"```\n{before}{rest}```" in (EXAMPLE / "README.md").read_text()


@pytest.mark.parametrize(("name", "status"), [("Mcp", 403), ("PublicMcp", 401), ("rest", 403)])
def test_nobody_calls_without_a_key(example: Example, name: str, status: int) -> None:
    base = example.rest if name == "rest" else example.cloud.function_url(name)
    body = message("tools/list")
    pairs = tuple(headers(body).items())

    answer = send(base, Request("POST", "/mcp", pairs, json.dumps(body).encode()))

    assert answer.status == status


@pytest.mark.parametrize("name", ["PublicMcp", "rest"])
def test_the_metadata_tells_who_issues_tokens(example: Example, name: str) -> None:
    base = example.rest if name == "rest" else example.cloud.function_url(name)

    document = json.loads(send(base, Request("GET", f"/{METADATA}")).body)

    assert document["resource"] == f"{base}mcp"
    assert document["authorization_servers"] == [ISSUER]


async def test_a_book_is_lent_after_a_question(example: Example) -> None:
    from httpx2 import AsyncClient
    from mcp.client.streamable_http import streamable_http_client

    async def answer(context: Any, params: Any) -> ElicitResult:
        return ElicitResult(action="accept", content={"days": 3})

    address = f"{example.cloud.function_url('PublicMcp')}mcp"
    async with AsyncClient(headers={"x-api-key": "local-key"}) as http:
        transport = streamable_http_client(address, http_client=http)
        async with Client(transport, elicitation_callback=answer) as client:
            assert client.protocol_version == MODERN
            [content] = (await client.call_tool("lend_book", {"title": "Emma"})).content

    assert isinstance(content, TextContent)
    assert content.text == "Emma is lent for 3 days."
