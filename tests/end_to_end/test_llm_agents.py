"""The recipes of docs/llm.md for agent frameworks, with the real packages and a fixed model.

While the agent's tool waits at the gate, the client has what the model said before it.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import StreamingFunction
from streambda.local.blocking import BlockingCloud, blocking_cloud
from tests.support.code_blocks import read_block
from tests.support.llm_clients import SCRIPTS, need_scripts
from tests.support.node_scripts import run_script
from tests.support.python_with_packages import write_python
from tests.support.web_requests import Gate

ROOT = Path(__file__).parents[2]
APPS = Path(__file__).parent / "functions/agents"
PACKAGES = ROOT / ".tools/agents"
FRAMEWORKS = ["strands", "pydantic_ai", "langgraph"]  # in the order of the recipes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (PACKAGES / "strands").is_dir(), reason="no .tools/agents: `make test` installs it"
    ),
]


class Stack(cdk.Stack):
    def __init__(self, app: cdk.App, entry: Path, variables: dict[str, str]) -> None:
        super().__init__(app, "Agents")
        for framework in FRAMEWORKS:
            function = StreamingFunction(
                self,
                framework.title().replace("_", ""),
                entry=entry,
                handler="main.handler",
                environment={**variables, "FRAMEWORK": framework},
                memory_size=1024,
                timeout=cdk.Duration.seconds(60),
            )
            function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    return Gate(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, gate: Gate) -> Iterator[BlockingCloud]:
    folder = tmp_path_factory.mktemp("agents")
    entry = shutil.copytree(APPS, folder / "src")
    for number, framework in enumerate(FRAMEWORKS):
        (entry / f"{framework}_recipe.py").write_text(read_block("docs/llm.md", "Agents", number))
    app = cdk.App(outdir=str(folder / "assembly"), context={"streambda:python-layer": "none"})
    python = write_python(folder, before=PACKAGES)
    Stack(app, entry, {"STREAMBDA_PYTHON": str(python), "GATE": str(gate.file)})
    app.synth()
    with blocking_cloud(assembly=folder / "assembly") as cloud:
        yield cloud


async def read(cloud: BlockingCloud, gate: Gate, framework: str, script: str) -> list[Any]:
    """What a client prints; the gate opens after the first text."""
    need_scripts()
    url = cloud.function_url(framework.title().replace("_", ""))
    gate.shut()
    async with run_script(SCRIPTS / f"{script}.mjs", url, "What is the weather?") as output:
        lines = [await output.read_next()]
        while "text" not in lines[-1] and "error" not in lines[-1]:
            lines.append(await output.read_next())
        gate.open()
        return [*lines, *await output.read_rest()]


def find_text(output: Any) -> str:
    """The text of a tool's result; Strands has it in a list of blocks."""
    return str(output[0]["text"] if isinstance(output, list) else output)


@pytest.mark.parametrize("framework", FRAMEWORKS)
async def test_an_agent_in_the_ai_sdk(cloud: BlockingCloud, gate: Gate, framework: str) -> None:
    *_, last = await read(cloud, gate, framework, "ai_sdk")

    parts = last["parts"]
    [tool] = [part for part in parts if part["type"] == "tool-weather"]
    assert [part["text"] for part in parts if part["type"] == "text"] == [
        "Let me look.",
        "It rains.",
    ]
    assert (tool["input"], find_text(tool["output"])) == ({"city": "Paris"}, "rain in Paris")
    assert last["metadata"]["usage"]["totalTokens"] > 0
    assert last["last"] == "finish"


@pytest.mark.parametrize("framework", FRAMEWORKS)
async def test_an_agent_in_ag_ui(cloud: BlockingCloud, gate: Gate, framework: str) -> None:
    *_, finished, last = await read(cloud, gate, framework, "ag_ui")

    assert finished["outcome"] == {"type": "success"}
    called, answer, said = last["messages"]
    assert (called["content"], said["content"]) == ("Let me look.", "It rains.")
    assert called["toolCalls"][0]["function"]["name"] == "weather"
    assert "rain in Paris" in answer["content"]
