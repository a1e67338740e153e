"""The chat example: each protocol's client in front of its own model, and Bedrock's errors."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local.blocking import BlockingCloud
from tests.support.chat_example import ChatExample
from tests.support.examples import synthesise_example
from tests.support.fake_bedrock import (
    BEGIN,
    LOST,
    FakeBedrock,
    Script,
    call,
    end,
    fake_bedrock,
    say,
)
from tests.support.llm import DONE, parse
from tests.support.llm_clients import CLIENTS, SCRIPTS, need_scripts
from tests.support.node_scripts import run_script
from tests.support.templates import ROOT, Template, resources

pytestmark = pytest.mark.slow

MODEL = "eu.amazon.nova-lite-v1:0"
JAVASCRIPT = ["openai_chat", "openai_responses", "anthropic_messages", "ai_sdk", "ag_ui"]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> ChatExample:
    return ChatExample(tmp_path_factory.mktemp("chat"))


@pytest.fixture(scope="module")
def cloud(example: ChatExample) -> Iterator[BlockingCloud]:
    with example.run(MODEL="") as cloud:
        yield cloud


@pytest.mark.parametrize("function", ["Chat", "Plain"])
@pytest.mark.parametrize("protocol", CLIENTS)
def test_python_clients_read_the_answer_as_it_comes(
    example: ChatExample, cloud: BlockingCloud, function: str, protocol: str
) -> None:
    example.gate.shut()
    events = CLIENTS[protocol](cloud.function_url(function), "hello there")
    first = next(text for text in events if text)
    example.gate.open()
    rest = list(events)

    assert first == "You"
    assert "".join(text for text in rest if isinstance(text, str)) == " said: hello there"


@pytest.mark.parametrize("name", JAVASCRIPT)
async def test_javascript_clients_read_the_answer_as_it_comes(
    example: ChatExample, cloud: BlockingCloud, name: str
) -> None:
    need_scripts()
    example.gate.shut()
    url = cloud.function_url("Chat")
    async with run_script(SCRIPTS / f"{name}.mjs", url, "hello there") as output:
        lines = [await output.read_next()]
        while "text" not in lines[-1] and "error" not in lines[-1]:
            lines.append(await output.read_next())
        example.gate.open()
        rest = await output.read_rest()

    assert lines[-1] == {"text": "You"}
    assert "".join(line["text"] for line in rest if "text" in line) == " said: hello there"


USER = {"role": "user", "content": "hi"}
BODIES: dict[str, dict[str, Any]] = {
    "v1/chat/completions": {"model": "chat", "stream": True, "messages": [USER]},
    "v1/responses": {"model": "chat", "stream": True, "input": [USER]},
    "v1/messages": {"model": "chat", "stream": True, "messages": [USER]},
    "api/chat": {"messages": [{"role": "user", "parts": [{"type": "text", "text": "hi"}]}]},
    "agent": {"threadId": "t", "runId": "r", "protocolVersion": "9.0", "messages": [USER]},
}
# How the body of an answer names an error of each protocol.
ERRORS: dict[str, Callable[[httpx.Response], str]] = {
    "v1/chat/completions": lambda answer: str(answer.json()["error"]["message"]),
    "v1/responses": lambda answer: str(answer.json()["error"]["message"]),
    "v1/messages": lambda answer: str(answer.json()["error"]["message"]),
    "api/chat": lambda answer: answer.text,
    "agent": lambda answer: str(answer.json()["message"]),
}


def post(url: str, route: str, content: Any = None, **headers: str) -> httpx.Response:
    given = {"anthropic-version": "2023-06-01", "content-type": "application/json", **headers}
    if isinstance(content, dict):
        return httpx.post(url + route, json=content, headers=given, timeout=30)
    return httpx.post(url + route, content=content, headers=given, timeout=30)


WRONG: list[tuple[bytes | dict[str, Any], str]] = [
    (b"not json", "the body is not JSON: Expecting value"),
    (b"\xff\xfe", "the body is not JSON"),
    (b"[]", "the body is a JSON list, expected an object"),
    ({"messages": [], "input": []}, "messages are missing"),
    ({"messages": ["hi"], "input": ["hi"]}, "a message is 'hi', expected an object"),
    ({"messages": [{**USER, "content": 5}], "input": [{**USER, "content": 5}]}, "is 5, expected"),
    ({"messages": [{**USER, "role": "assistant"}], "input": [{"role": "x"}]}, "the last message"),
]


@pytest.mark.parametrize("route", BODIES)
@pytest.mark.parametrize("function", ["Chat", "Plain"])
def test_what_is_wrong_is_refused_in_the_protocols_own_form(
    cloud: BlockingCloud, function: str, route: str
) -> None:
    url = cloud.function_url(function)
    for content, message in WRONG:
        given = {**BODIES[route], **content} if isinstance(content, dict) else content
        answer = post(url, route, given)

        assert (answer.status_code, message in ERRORS[route](answer)) == (400, True), answer.text


def test_an_unknown_model_is_not_found(cloud: BlockingCloud) -> None:
    for route in ("v1/chat/completions", "v1/responses", "v1/messages"):
        answer = post(cloud.function_url("Plain"), route, {**BODIES[route], "model": "gpt-9"})

        assert answer.status_code == 404
        assert ERRORS[route](answer) == "there is no model 'gpt-9', expected 'chat'"


def test_versions_of_the_future(example: ChatExample, cloud: BlockingCloud) -> None:
    """Anthropic refuses one. In AG-UI each side says its own, and the answer is as ever."""
    example.gate.open()
    url = cloud.function_url("Plain")
    message = post(url, "v1/messages", BODIES["v1/messages"], **{"anthropic-version": "2099-01-01"})
    run = parse(post(url, "agent", BODIES["agent"]).content)

    assert message.json()["error"]["type"] == "invalid_request_error"
    assert run[0]["protocolVersion"] == "1.0"
    assert run[-1]["type"] == "RUN_FINISHED"


def test_a_long_conversation_with_5_mb_of_a_tools_output(
    example: ChatExample, cloud: BlockingCloud
) -> None:
    example.gate.open()
    messages = [USER, {"role": "tool", "content": "x" * 5_000_000}, {**USER, "content": "bye"}]

    answer = post(cloud.function_url("Plain"), "agent", {**BODIES["agent"], "messages": messages})

    told = parse(answer.content)
    assert "".join(one["delta"] for one in told if "delta" in one) == "You said: bye"


@pytest.fixture(scope="module")
def bedrock() -> Iterator[FakeBedrock]:
    with fake_bedrock() as fake:
        yield fake


@pytest.fixture(scope="module")
def deployed(example: ChatExample, bedrock: FakeBedrock) -> Iterator[BlockingCloud]:
    """With a model of Bedrock, which boto3 finds on loopback."""
    with example.run(MODEL=MODEL, AWS_ENDPOINT_URL_BEDROCK_RUNTIME=bedrock.url) as cloud:
        yield cloud


@pytest.fixture
def ask(bedrock: FakeBedrock, deployed: BlockingCloud) -> Callable[..., httpx.Response]:
    def ask(route: str, *scripts: Script, refusal: Any = None) -> httpx.Response:
        bedrock.scripts, bedrock.refusal = list(scripts), refusal
        bedrock.requests.clear()
        return post(deployed.function_url("Chat"), route, BODIES[route])

    return ask


def find_error(route: str, frames: list[Any]) -> tuple[str, str]:
    """The kind and the message of the error that ends a stream, in its protocol's words."""
    last = [frame for frame in frames if frame != DONE][-1]
    if route == "v1/responses":
        last = {"error": {"type": last["response"]["error"]["code"], **last["response"]["error"]}}
    if "error" in last and isinstance(last["error"], dict):
        return last["error"]["type"], last["error"]["message"]
    if route == "agent":
        return last["code"], last["message"]
    return last["type"], last["errorText"]


THROTTLED = {
    "v1/chat/completions": "rate_limit_error",
    "v1/responses": "rate_limit_exceeded",
    "v1/messages": "rate_limit_error",
    "api/chat": "error",
    "agent": "rate_limit",
}


@pytest.mark.parametrize("route", BODIES)
def test_bedrocks_errors_within_the_stream_are_each_protocols_own(
    ask: Callable[..., httpx.Response], route: str
) -> None:
    secret = {"message": "arn:aws:secret"}
    throttled = ask(route, [BEGIN, *say("Hel"), {"throttlingException": secret}])
    invalid = ask(route, [BEGIN, *say("Hel"), {"validationException": secret}])
    lost = ask(route, [BEGIN, *say("Hel"), LOST])

    told = [find_error(route, parse(answer.content)) for answer in (throttled, invalid, lost)]
    assert told[0] == (THROTTLED[route], "the model has too many requests, try again later")
    assert told[1][1] == "the model does not accept this request"
    assert told[2][1] == "the connection to the model was lost"
    assert all("Hel" in one.text and "secret" not in one.text for one in (throttled, invalid, lost))


@pytest.mark.parametrize("route", BODIES)
def test_bedrocks_errors_before_the_stream_have_a_status(
    ask: Callable[..., httpx.Response], route: str
) -> None:
    answer = ask(route, refusal=(400, "ValidationException"))

    assert answer.status_code == 400
    assert ERRORS[route](answer) == "the model does not accept this request"


def test_the_agent_gives_results_of_its_tool_back_to_bedrock(
    ask: Callable[..., httpx.Response], bedrock: FakeBedrock
) -> None:
    look = [BEGIN, *say("Let me look."), *call("c1", "weather", '{"city":', '"Oslo"}')]
    other = call("c2", "clock", block=2)

    answer = ask(
        "api/chat",
        [*look, *other, *end("tool_use")],
        [BEGIN, *say("Sunny."), *end()],
    )

    parts = [part for part in parse(answer.content) if part != DONE]
    outputs = [
        part.get("output") or part["errorText"] for part in parts if "output" in part["type"]
    ]
    assert outputs == [
        {"city": "Oslo", "sky": "sunny", "celsius": 21},
        "there is no tool clock for ",
    ]
    assert parts[-1]["messageMetadata"]["usage"]["totalTokens"] == 30
    (model, first), (_, second) = bedrock.requests
    assert (model, len(first["messages"])) == (MODEL, 1)
    _, said, given = second["messages"]
    assert [list(block) for block in said["content"]] == [["text"], ["toolUse"], ["toolUse"]]
    assert [block["toolResult"]["status"] for block in given["content"]] == ["success", "error"]


def find_statements(template: Template) -> list[Any]:
    [policy, _] = resources(template, "AWS::IAM::Policy").values()
    found = policy["PolicyDocument"]["Statement"]
    return [one for one in found if one["Action"] == "bedrock:InvokeModelWithResponseStream"]


def join(arn: Any) -> str:
    """An ARN with the names of its pseudo parameters."""
    return "".join(part if isinstance(part, str) else part["Ref"] for part in arn["Fn::Join"][1])


def test_the_function_may_use_one_profile_and_no_other_model(tmp_path: Path) -> None:
    """That it may use one model by default is in the snapshot of its template."""
    file = synthesise_example(
        ROOT / "examples/chat", tmp_path / "cdk.out", tmp_path, model=MODEL, public="true"
    )
    template = json.loads(file.read_text())

    profile, models = find_statements(template)

    place = "arn:AWS::Partition:bedrock:AWS::Region:AWS::AccountId"
    assert join(profile["Resource"]) == f"{place}:inference-profile/{MODEL}"
    assert join(models["Resource"]) == (
        "arn:AWS::Partition:bedrock:*::foundation-model/amazon.nova-lite-v1:0"
    )
    condition = models["Condition"]["StringEquals"]["bedrock:InferenceProfileArn"]
    assert join(condition) == join(profile["Resource"])
    urls = resources(template, "AWS::Lambda::Url").values()
    assert {url["AuthType"] for url in urls} == {"NONE"}
