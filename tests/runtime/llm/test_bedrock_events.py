"""Bedrock's events as boto3's own client gives them, from a server on loopback."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EventStreamError

from streambda_runtime.llm import (
    Reasoning,
    Stop,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Usage,
)
from streambda_runtime.llm.bedrock_events import BedrockEvents
from streambda_runtime.llm.failures import explain
from tests.support.fake_bedrock import BEGIN, LOST, FakeBedrock, call, end, fake_bedrock, say
from tests.support.llm import DONE, PROTOCOLS, parse

MODEL = "eu.anthropic.claude-x-v1:0"


@pytest.fixture(scope="module")
def bedrock() -> Iterator[FakeBedrock]:
    with fake_bedrock() as fake:
        yield fake


@pytest.fixture(scope="module")
def client(bedrock: FakeBedrock) -> Iterator[Any]:
    client = boto3.client(
        "bedrock-runtime",
        region_name="eu-west-1",
        endpoint_url=bedrock.url,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=30),
    )
    yield client
    client.close()


@pytest.fixture
def converse(bedrock: FakeBedrock, client: Any) -> Any:
    def converse(*script: Any) -> Any:
        bedrock.script, bedrock.refusal = script, None
        messages = [{"role": "user", "content": [{"text": "hi"}]}]
        return client.converse_stream(modelId=MODEL, messages=messages)

    return converse


def translate(events: Any) -> list[Any]:
    translator = BedrockEvents()
    found = [one for event in events for one in translator.translate(event)]
    return [*found, *translator.finish()]


def think(text: str) -> dict[str, Any]:
    delta = {"reasoningContent": {"text": text}}
    return {"contentBlockDelta": {"delta": delta, "contentBlockIndex": 0}}


def test_every_event_is_translated(converse: Any) -> None:
    signed = {"delta": {"reasoningContent": {"signature": "s"}}, "contentBlockIndex": 0}
    image = {"delta": {"image": {"source": {"bytes": "aQ=="}}}, "contentBlockIndex": 3}
    start_image = {"start": {"image": {"format": "png"}}, "contentBlockIndex": 3}
    answer = converse(
        BEGIN,
        think("Hm"),
        {"contentBlockDelta": signed},
        *say("Hello", "", " 語", block=1),
        *call("c1", "weather", '{"city":', '"Paris"}', block=2),
        {"contentBlockStart": start_image},
        {"contentBlockDelta": image},
        *end("tool_use", cacheReadInputTokens=7, cacheWriteInputTokens=2),
    )

    assert translate(answer["stream"]) == [
        Reasoning("Hm"),
        Reasoning("", "s"),
        "Hello",
        "",
        " 語",
        ToolCallStart("c1", "weather"),
        ToolCallDelta("c1", '{"city":'),
        ToolCallDelta("c1", '"Paris"}'),
        ToolCallEnd("c1"),
        Stop("tool_calls"),
        Usage(19, 5, cache_read_tokens=7, cache_write_tokens=2),
    ]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("stop_sequence", "stop_sequence"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_tool_use", "other"),
        ("of the future", "other"),
    ],
)
def test_reasons(theirs: str, ours: str) -> None:
    assert translate([{"messageStop": {"stopReason": theirs}}]) == [Stop(ours)]


def test_blocks_without_numbers_as_other_clients_send_them() -> None:
    start = {"start": {"toolUse": {"toolUseId": "c1", "name": "t"}}}
    events = [
        {"contentBlockStart": start},
        {"contentBlockDelta": {"delta": {"toolUse": {"input": "{}"}}}},
        {"contentBlockStop": {}},
    ]

    assert translate(events) == [
        ToolCallStart("c1", "t"),
        ToolCallDelta("c1", "{}"),
        ToolCallEnd("c1"),
    ]


def test_what_is_new_or_has_no_meaning_here_is_passed_over() -> None:
    events = [{"messageStart": {"role": "assistant"}}, {"metadata": {"metrics": {}}}]

    assert translate(events) == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_whole_response_is_a_source(converse: Any, protocol: str) -> None:
    answer = converse(BEGIN, *say("Hel", "lo"), *end())

    told = parse(b"".join(PROTOCOLS[protocol](answer)))

    assert "Hel" in str(told)
    assert "error" not in str(told).replace("'error': None", "")


EXCEPTIONS = {
    "throttlingException": "rate_limit",
    "validationException": "invalid_request",
    "modelStreamErrorException": "server_error",
    "internalServerException": "server_error",
    "serviceUnavailableException": "overloaded",
}


@pytest.mark.parametrize(("name", "kind"), EXCEPTIONS.items())
def test_an_exception_within_the_stream_is_a_failure(converse: Any, name: str, kind: str) -> None:
    stream = converse(BEGIN, *say("Hel"), {name: {"message": "arn:aws:secret"}})["stream"]

    with closing(stream), pytest.raises(EventStreamError, match="secret") as caught:
        translate(stream)

    failure = explain(caught.value)
    assert failure.kind == kind
    assert "secret" not in failure.message
    # Clients that do not raise them pass them on.
    assert translate([{name: {"message": "arn:aws:secret"}}]) == [failure]


TOLD: dict[str, dict[str, str | None]] = {
    "chat_completions": {"type": "rate_limit_error", "code": "rate_limit_exceeded", "param": None},
    "responses": {"code": "rate_limit_exceeded"},
    "anthropic_messages": {"type": "rate_limit_error"},
}


def test_throttled_in_the_middle_is_each_protocols_own_error(
    converse: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    message = "the model has too many requests, try again later"
    ends: dict[str, list[Any]] = {}
    for protocol, frames in PROTOCOLS.items():
        answer = converse(BEGIN, *say("Hel"), {"throttlingException": {"message": "secret"}})
        ends[protocol] = parse(b"".join(frames(answer)))

    for error in TOLD.values():
        error["message"] = message
    assert ends["chat_completions"][-2:] == [{"error": TOLD["chat_completions"]}, DONE]
    assert ends["responses"][-1]["response"]["error"] == TOLD["responses"]
    assert ends["responses"][-1]["type"] == "response.failed"
    assert ends["anthropic_messages"][-1] == {"type": "error", "error": TOLD["anthropic_messages"]}
    assert ends["ui_messages"][-2:] == [{"type": "error", "errorText": message}, DONE]
    assert ends["ag_ui"][-1] == {"type": "RUN_ERROR", "message": message, "code": "rate_limit"}
    assert all("Hel" in str(frames) and "secret" not in str(frames) for frames in ends.values())
    assert capsys.readouterr().err.count("EventStreamError: An error occurred") == len(PROTOCOLS)


def test_a_lost_connection_is_told(converse: Any) -> None:
    told = parse(b"".join(PROTOCOLS["anthropic_messages"](converse(BEGIN, *say("Hel"), LOST))))

    assert told[-1]["error"] == {
        "type": "api_error",
        "message": "the connection to the model was lost",
    }


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "ResourceNotFoundException", "not_found"),
        (403, "AccessDeniedException", "permission"),
        (429, "ThrottlingException", "rate_limit"),
        (424, "ModelErrorException", "server_error"),
        (408, "ModelTimeoutException", "timeout"),
        (418, "OfTheFutureException", "invalid_request"),
        (500, "OfTheFutureException", "server_error"),
    ],
)
def test_an_error_before_the_stream(
    bedrock: FakeBedrock, client: Any, status: int, code: str, kind: str
) -> None:
    bedrock.refusal = status, code
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.converse_stream(modelId=MODEL, messages=[])

    assert explain(caught.value).kind == kind


def test_the_stream_is_closed_when_nobody_reads_on(converse: Any) -> None:
    answer = converse(BEGIN, *say("Hel", "lo"), *end())
    frames = PROTOCOLS["chat_completions"](answer)
    next(frames)

    frames.close()

    assert answer["stream"]._raw_stream.closed
