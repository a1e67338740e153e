"""The official conformance suite of MCP, through the endpoints of the local cloud.

https://github.com/modelcontextprotocol/conformance. `NOT_PASSED` is what does not pass, and
why; docs/mcp.md has the same list.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import AuthorizationType

from streambda.cdk import StreamingFunction, StreamingRestApi
from streambda.local.blocking import BlockingCloud, blocking_cloud
from tests.support.node_clients import find_clients, find_node
from tests.support.python_with_packages import write_python
from tests.support.templates import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SERVERS = Path(__file__).parent / "functions/mcp_servers"
NEW, STABLE = "@modelcontextprotocol/conformance", "conformance-0.1"
SUITES = {
    "2026-07-28": (NEW, "--requirements", "2026-07-28"),
    "2025-11-25": (NEW, "--suite", "all", "--spec-version", "2025-11-25"),
    "stable": (STABLE, "--suite", "all"),
}
RUNS = [("url", "2026-07-28"), ("rest", "2026-07-28"), ("url", "2025-11-25"), ("rest", "stable")]
NO_WAY_BACK = "the server asks the client within a request: without sessions there is no way back"
TASKS = "an extension that the official Python SDK does not have"
NOT_PASSED = {
    "tools-call-sampling": NO_WAY_BACK,
    "tools-call-elicitation": NO_WAY_BACK,
    "elicitation-sep1034-defaults": NO_WAY_BACK,
    "elicitation-sep1330-enums": NO_WAY_BACK,
    "server-sse-polling": "needs sessions and an event store; 2026-07-28 has dropped it",
    "tasks-lifecycle": TASKS,
    "tasks-capability-negotiation": TASKS,
    "tasks-wire-fields": TASKS,
    "tasks-request-state-removal": TASKS,
    "tasks-mrtr-input": TASKS,
    "tasks-request-headers": TASKS,
    "tasks-dispatch-and-envelope": TASKS,
    "tasks-required-task-error": TASKS,
    "tasks-mrtr-composition": TASKS,
}
RESULT = re.compile(r"^([✓✗]) ([\w-]+): (\d+) passed, (\d+) failed", re.MULTILINE)


class Stack(cdk.Stack):
    def __init__(self, app: cdk.App, python: Path) -> None:
        super().__init__(app, "McpConformance")
        function = StreamingFunction(
            self,
            "Server",
            entry=SERVERS,
            handler="conformance.handler",
            environment={"STREAMBDA_PYTHON": str(python)},
        )
        function.add_request_state_key()
        function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)
        api = StreamingRestApi(self, "Api")
        api.add_stream("ANY", "/{proxy+}", function, authorization_type=AuthorizationType.NONE)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingCloud]:
    find_clients("mcp")
    folder = tmp_path_factory.mktemp("mcp_conformance")
    app = cdk.App(outdir=str(folder / "assembly"), context={"streambda:python-layer": "none"})
    Stack(app, write_python(folder))
    app.synth()
    with blocking_cloud(assembly=folder / "assembly") as cloud:
        yield cloud


@pytest.mark.parametrize(("endpoint", "suite"), RUNS)
def test_all_scenarios_pass_but_those_that_are_known(
    cloud: BlockingCloud, tmp_path: Path, endpoint: str, suite: str
) -> None:
    base = cloud.function_url("Server") if endpoint == "url" else cloud.rest_api()
    package, *options = SUITES[suite]
    program = find_clients("mcp") / "node_modules" / package / "dist/index.js"
    command = [find_node(), str(program), "server", "--url", f"{base}mcp", *options]

    done = subprocess.run(
        [*command, "-o", str(tmp_path)], capture_output=True, text=True, timeout=100, check=False
    )

    results = RESULT.findall(done.stdout)
    failed = {name for mark, name, _, _ in results if mark == "✗"}
    assert len(results) >= 30, done.stderr
    assert failed == {name for _, name, _, _ in results} & NOT_PASSED.keys(), done.stdout


def test_the_page_lists_what_does_not_pass_and_why() -> None:
    page = (ROOT / "docs/mcp.md").read_text("utf-8")

    for name, reason in NOT_PASSED.items():
        assert f"`{name}`" in page
        assert reason in page.replace("\n", " ")


def test_the_versions_of_the_page_are_those_of_the_locks() -> None:
    page = (ROOT / "docs/mcp.md").read_text("utf-8")
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    packages = json.loads((ROOT / "tests/node_clients/mcp/package.json").read_text("utf-8"))
    versions = {name: text.rpartition("@")[2] for name, text in packages["dependencies"].items()}
    versions |= dict(re.findall(r"^(mcp|fastmcp)==(\S+)", lock, re.MULTILINE))

    rows = [line for line in page.splitlines() if line.startswith("|")]
    for name, version in versions.items():
        known = "conformance" if name.startswith("conformance") else name
        assert any(known.lower() in row.lower() and version in row for row in rows), name
