"""The clients of each protocol read its frames, through a Function URL, while the model talks.

Each client prints or returns what its own package makes of the stream. The first text must arrive
while the model waits at the gate.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import httpx
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import StreamingFunction
from streambda.local.blocking import BlockingCloud, blocking_cloud
from tests.support.llm_clients import CLIENTS, SCRIPTS, need_scripts
from tests.support.node_scripts import run_script
from tests.support.python_with_packages import write_python
from tests.support.web_requests import Gate

APPS = Path(__file__).parent / "functions/llm"
HANDLERS = {"Generator": "generator.handler", "FastApi": "fastapi_app.app"}
# Three seconds, of which the handler keeps two back: it ends the stream after one.
IMPATIENT = {"Impatient": "generator.handler"}

pytestmark = pytest.mark.slow


class Stack(cdk.Stack):
    def __init__(self, app: cdk.App, variables: dict[str, str]) -> None:
        super().__init__(app, "Llm")
        for name, handler in {**HANDLERS, **IMPATIENT}.items():
            function = StreamingFunction(
                self,
                name,
                entry=APPS,
                handler=handler,
                environment=variables,
                memory_size=512,
                timeout=cdk.Duration.seconds(3 if name in IMPATIENT else 60),
            )
            function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    return Gate(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, gate: Gate) -> Iterator[BlockingCloud]:
    folder = tmp_path_factory.mktemp("llm")
    app = cdk.App(outdir=str(folder / "assembly"), context={"streambda:python-layer": "none"})
    Stack(app, {"STREAMBDA_PYTHON": str(write_python(folder)), "GATE": str(gate.file)})
    app.synth()
    with blocking_cloud(assembly=folder / "assembly") as cloud:
        yield cloud


class Reading:
    """A client that reads what the model answers to a prompt."""

    def __init__(self, url: str, gate: Gate) -> None:
        self.url = url
        self.gate = gate

    def python(self, protocol: str, prompt: str) -> tuple[str, Any]:
        """The text that came before the gate opened, and what the client has at the end."""
        self.gate.shut()
        events = CLIENTS[protocol](self.url, prompt)
        first = next(text for text in events if text)  # OpenAI's own first one is empty
        self.gate.open()
        *_, last = events
        return first, last

    async def script(self, name: str, prompt: str) -> tuple[list[Any], list[Any]]:
        """What a script prints before the gate opens, up to the first text, and after that."""
        need_scripts()
        self.gate.shut()
        async with run_script(SCRIPTS / f"{name}.mjs", self.url, prompt) as output:
            lines = [await output.read_next()]
            while "text" not in lines[-1] and "error" not in lines[-1]:
                lines.append(await output.read_next())
            self.gate.open()
            return lines, await output.read_rest()


@pytest.fixture(params=HANDLERS)
def reading(request: pytest.FixtureRequest, cloud: BlockingCloud, gate: Gate) -> Reading:
    return Reading(cloud.function_url(request.param), gate)


@pytest.fixture
def generator(cloud: BlockingCloud, gate: Gate) -> Reading:
    return Reading(cloud.function_url("Generator"), gate)


@dataclass(frozen=True)
class Read:
    """What a client has read, in words of ours."""

    text: str
    tools: dict[str, Any]
    tokens: int


def in_chat(final: Any) -> Read:
    [choice] = final.choices
    calls = choice.message.tool_calls or []
    tools = {one.function.name: json.loads(one.function.arguments) for one in calls}
    return Read(choice.message.content, tools, final.usage.total_tokens)


def in_response(final: Any) -> Read:
    calls = [item for item in final.output if item.type == "function_call"]
    tools = {one.name: json.loads(one.arguments) for one in calls}
    return Read(final.output_text, tools, final.usage.total_tokens)


def in_message(final: Any) -> Read:
    text = "".join(block.text for block in final.content if block.type == "text")
    tools = {block.name: block.input for block in final.content if block.type == "tool_use"}
    usage = final.usage
    tokens = usage.input_tokens + usage.cache_read_input_tokens + usage.output_tokens
    return Read(text, tools, tokens)


def in_run(events: list[Any]) -> Read:
    text = "".join(one.delta for one in events if one.type == "TEXT_MESSAGE_CONTENT")
    names = {
        one.tool_call_id: one.tool_call_name for one in events if one.type == "TOOL_CALL_START"
    }
    documents = dict.fromkeys(names, "")
    for event in events:
        if event.type == "TOOL_CALL_ARGS":
            documents[event.tool_call_id] += event.delta
    tools = {names[id]: json.loads(document) for id, document in documents.items()}
    assert events[0].protocol_version == "1.0"
    return Read(text, tools, events[-1].usage[0].total_tokens)


PYTHON: dict[str, Callable[[Any], Read]] = {
    "chat_completions": in_chat,
    "responses": in_response,
    "anthropic_messages": in_message,
    "ag_ui": in_run,
}


def in_chat_script(lines: list[Any]) -> Read:
    calls = [one["function"] for one in lines[-1].get("tools") or ()]
    tools = {one["name"]: json.loads(one["arguments"]) for one in calls}
    return Read(lines[-1]["content"], tools, lines[-1]["usage"]["total_tokens"])


def in_response_script(lines: list[Any]) -> Read:
    calls = [one for one in lines[-1]["output"] if one["type"] == "function_call"]
    tools = {one["name"]: json.loads(one["arguments"]) for one in calls}
    return Read(lines[-1]["output_text"], tools, lines[-1]["usage"]["total_tokens"])


def in_message_script(lines: list[Any]) -> Read:
    blocks, usage = lines[-1]["content"], lines[-1]["usage"]
    text = "".join(one["text"] for one in blocks if one["type"] == "text")
    tools = {one["name"]: one["input"] for one in blocks if one["type"] == "tool_use"}
    return Read(text, tools, sum(usage.values()))


def in_ui_script(lines: list[Any]) -> Read:
    parts = lines[-1]["parts"]
    text = "".join(one["text"] for one in parts if one["type"] == "text")
    calls = [one for one in parts if one["type"].startswith("tool-")]
    tools = {one["type"].removeprefix("tool-"): one["input"] for one in calls}
    assert lines[-1]["last"] == "finish"
    return Read(text, tools, lines[-1]["metadata"]["usage"]["totalTokens"])


def in_run_script(lines: list[Any]) -> Read:
    messages = [one for one in lines[-1]["messages"] if one["role"] == "assistant"]
    text = "".join(one.get("content") or "" for one in messages)
    calls = [call["function"] for one in messages for call in one.get("toolCalls") or ()]
    tools = {one["name"]: json.loads(one["arguments"]) for one in calls}
    assert lines[0] == {"version": "1.0"}
    return Read(text, tools, lines[-2]["usage"][0]["totalTokens"])


JAVASCRIPT: dict[str, Callable[[list[Any]], Read]] = {
    "openai_chat": in_chat_script,
    "openai_responses": in_response_script,
    "anthropic_messages": in_message_script,
    "ai_sdk": in_ui_script,
    "ag_ui": in_run_script,
}
SAID = Read('Hello \U0001f600 "語"\n', {}, 12)
ACTED = Read("HelloIt rains.", {"weather": {"city": "Paris"}, "time": {}}, 12)
THROTTLED = "the model has too many requests, try again later"

python = pytest.mark.parametrize("protocol", PYTHON)
javascript = pytest.mark.parametrize("name", JAVASCRIPT)


@python
def test_python_reads_text_as_it_comes(reading: Reading, protocol: str) -> None:
    first, final = reading.python(protocol, "say")

    assert (first, PYTHON[protocol](final)) == ("Hel", SAID)


@javascript
async def test_javascript_reads_text_as_it_comes(reading: Reading, name: str) -> None:
    before, after = await reading.script(name, "say")

    assert before[-1] == {"text": "Hel"}
    assert JAVASCRIPT[name](before + after) == SAID


@python
def test_python_reads_tool_calls(generator: Reading, protocol: str) -> None:
    assert PYTHON[protocol](generator.python(protocol, "act")[1]) == ACTED


@javascript
async def test_javascript_reads_tool_calls(generator: Reading, name: str) -> None:
    before, after = await generator.script(name, "act")

    assert JAVASCRIPT[name](before + after) == ACTED


@python
def test_python_raises_an_error_within_the_stream(generator: Reading, protocol: str) -> None:
    first, final = generator.python(protocol, "throttle")

    assert first == "Hel"
    if protocol == "responses":  # this one's failure is a response
        assert (final.status, final.error.code) == ("failed", "rate_limit_exceeded")
        assert final.output_text == "Hello"
        final = final.error
    if protocol == "ag_ui":  # and this one's an event
        *_, final = final
        assert (final.type, final.code) == ("RUN_ERROR", "rate_limit")
    assert THROTTLED in (getattr(final, "message", "") or str(final))


@javascript
async def test_javascript_raises_an_error_within_the_stream(generator: Reading, name: str) -> None:
    before, after = await generator.script(name, "throttle")

    assert [line["text"] for line in before + after if "text" in line] == ["Hel", "lo"]
    [error] = [line for line in after if "error" in line or "failed" in line]
    assert THROTTLED in (error.get("message") or error["failed"])


async def test_results_of_tools_are_shown_where_the_protocol_has_them(generator: Reading) -> None:
    _, ui = await generator.script("ai_sdk", "act")
    _, run = await generator.script("ag_ui", "act")

    results = [(part.get("output"), part.get("errorText")) for part in ui[-1]["parts"]]
    assert ({"sky": "rain"}, None) in results
    assert (None, "the clock is broken") in results
    tools = [one["content"] for one in run[-1]["messages"] if one["role"] == "tool"]
    assert tools == ['{"sky":"rain"}', "the clock is broken"]


async def test_reasoning_is_shown_where_the_protocol_has_it(generator: Reading) -> None:
    _, ui = await generator.script("ai_sdk", "think")
    _, run = await generator.script("ag_ui", "think")
    _, message = await generator.script("anthropic_messages", "think")

    assert {"type": "reasoning", "id": "1", "text": "Hm, rain.", "state": "done"} in ui[-1]["parts"]
    assert next(one for one in run[-1]["messages"] if one["role"] == "reasoning")["content"] == (
        "Hm, rain."
    )
    assert message[-1]["content"][1] == {
        "type": "thinking",
        "thinking": "Hm, rain.",
        "signature": "c2ln",
    }


@pytest.mark.parametrize("name", ["ai_sdk", "ag_ui"])
async def test_a_tool_result_of_5_mb_arrives_whole(generator: Reading, name: str) -> None:
    _, after = await generator.script(name, "much")

    assert "é" * 2_500_000 in json.dumps(after, ensure_ascii=False)


async def test_an_abort_is_told_where_the_protocol_has_one(generator: Reading) -> None:
    _, ui = await generator.script("ai_sdk", "cancel")
    _, run = await generator.script("ag_ui", "cancel")

    assert ui[-1]["last"] == "abort"
    assert run[-2]["outcome"] == {"type": "cancelled"}


def test_the_header_of_the_ui_message_stream_arrives(generator: Reading) -> None:
    body = {"messages": [{"parts": [{"type": "text", "text": "fail"}]}]}
    generator.gate.open()

    answer = httpx.post(f"{generator.url}api/chat", json=body, timeout=30)

    assert answer.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"


def test_a_model_that_never_answers_is_told_in_each_protocol(
    cloud: BlockingCloud, gate: Gate
) -> None:
    late = Reading(cloud.function_url("Impatient"), gate)
    gate.shut()
    ends = {protocol: list(CLIENTS[protocol](late.url, "say"))[-1] for protocol in PYTHON}
    gate.open()

    ends["responses"] = ends["responses"].error
    ends["ag_ui"] = ends["ag_ui"][-1]
    for end in ends.values():
        assert "the model did not answer in time" in (getattr(end, "message", "") or str(end))
