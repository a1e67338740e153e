"""What holds in every protocol: what opens and closes, what is refused, what is never lost."""

import json
import re
from typing import Any

import pytest

from streambda_runtime.llm import (
    Data,
    Failure,
    Reasoning,
    Stop,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    ToolResult,
    Usage,
)
from tests.support.llm import DONE, PROTOCOLS, parse, read

each = pytest.mark.parametrize("protocol", PROTOCOLS)


def texts(frames: list[Any]) -> str:
    """All that a client shows as the answer."""
    return "".join(_find_text(frame) for frame in frames)


def _find_text(frame: Any) -> str:
    match frame:
        case {"choices": [{"delta": {"content": text}}]}:
            return str(text)
        case {"type": "response.output_text.delta" | "text-delta", "delta": text}:
            return str(text)
        case {"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}}:
            return str(text)
        case {"type": "TEXT_MESSAGE_CONTENT", "delta": text}:
            return str(text)
    return ""


PIECES = [
    "\ud83d",
    "\ude00",
    "a\ud83d",
    "",
    "\ude00b\ud83d",
    "c",
    "\ude00",
    "語",
    "\n\r\u2028",
    "\ud83d",
]


@each
def test_halves_of_surrogate_pairs_are_joined_across_tokens(protocol: str) -> None:
    told = texts(read(protocol, PIECES))

    assert told == "😀a😀b\ufffdc\ufffd語\n\r\u2028\ufffd"


@each
def test_a_half_is_told_before_what_follows_the_text(protocol: str) -> None:
    told = read(protocol, ["a\ud83d", ToolCall("c", "t", {}), "b"])

    assert texts(told) == "a\ufffdb"


@each
def test_a_half_of_a_thought_is_told_too(protocol: str) -> None:
    told = str(read(protocol, [Reasoning("a\ud83d"), "b"]))

    assert ("a\ufffd" in told or "'\ufffd'" in told) == (protocol != "chat_completions")


@each
def test_every_frame_can_be_read_by_itself(protocol: str) -> None:
    frames = PROTOCOLS[protocol](["a", ToolCall("c", "t", [1]), Reasoning("b"), "c", Stop()])

    for frame in frames:
        assert not frame or frame.endswith(b"\n\n")
        parse(frame)


@each
def test_frames_of_ones_own_are_sent_as_they_are(protocol: str) -> None:
    frames = list(PROTOCOLS[protocol]([b"data: 1\n\n", "a", bytearray(b"data: 2\n\n")]))

    assert parse(frames[0])[-1] == 1
    assert frames[2] == b"data: 2\n\n"


@each
def test_nothing_comes_after_a_failure(protocol: str) -> None:
    seen: list[str] = []

    def events() -> Any:
        yield "a"
        yield Failure("no")
        seen.append("went on")

    told = read(protocol, events())

    assert "no" in str(told)
    assert seen == []


@each
@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([ToolCallStart("c", "t"), ToolCallStart("c", "t")], "the tool call 'c' is started twice"),
        ([ToolCallDelta("c", "{}")], "the tool call 'c' was not started"),
        ([ToolCall("c", "t", {}), ToolCallDelta("c", "{}")], "the tool call 'c' is complete"),
        ([5], "the model's stream gave 5 of type int, expected a str, bytes, an event"),
        ([None], "the model's stream gave None"),
        ([{"a": "b" * 90}], r"gave {'a': 'b+\.\.\. of type dict"),
        ([{"type": "of.the.future"}], "gave {'type': 'of.the.future'}"),
        ([ToolResult("c", object())], "object is not JSON serializable"),
    ],
)
def test_what_is_wrong_with_events_is_in_the_log_and_not_in_the_stream(
    protocol: str, events: list[Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = str(read(protocol, ["a", *events, "b"]))

    log = capsys.readouterr().err
    if "not JSON" in message and protocol in {"chat_completions", "anthropic_messages"}:
        assert texts(read(protocol, ["a", *events, "b"])) == "ab"  # no place for results of tools
        return
    assert re.search(message, log), log
    assert not re.search(message, told)
    assert "the model failed" in told


@each
def test_a_tool_result_of_5_mb_comes_whole(protocol: str) -> None:
    output = "é" * 2_500_000
    told = read(protocol, [ToolCall("c", "t", {}), ToolResult("c", output), "b"])

    if protocol not in {"chat_completions", "anthropic_messages"}:
        assert output in json.dumps(told, ensure_ascii=False)
    assert texts(told) == "b"


@each
def test_the_result_of_a_call_in_an_earlier_answer(protocol: str) -> None:
    assert texts(read(protocol, [ToolResult("before", {"a": 1}), "b"])) == "b"


def test_reasons_and_usage_of_several_calls_of_a_model() -> None:
    events = ["a", Stop("tool_calls"), Usage(1, 2), "b", Stop("length"), Usage(3, 4)]

    told = read("ui_messages", events)

    assert told[-2]["finishReason"] == "length"
    assert told[-2]["messageMetadata"]["usage"]["totalTokens"] == 10
    types = [frame["type"] for frame in told if frame != DONE]
    assert types.count("start-step") == types.count("finish-step") == 2


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("stop", ("stop", "completed", "end_turn", "stop", "success")),
        ("length", ("length", "incomplete", "max_tokens", "length", "success")),
        ("tool_calls", ("tool_calls", "completed", "tool_use", "tool-calls", "success")),
        ("stop_sequence", ("stop", "completed", "stop_sequence", "stop", "success")),
        (
            "content_filter",
            ("content_filter", "incomplete", "refusal", "content-filter", "success"),
        ),
        ("refusal", ("content_filter", "incomplete", "refusal", "content-filter", "success")),
        ("cancelled", ("stop", "incomplete", "end_turn", None, "cancelled")),
        ("other", ("stop", "completed", "end_turn", "other", "success")),
    ],
)
def test_reasons(reason: str, told: tuple[str | None, ...]) -> None:
    ends = {name: read(name, ["a", Stop(reason)]) for name in PROTOCOLS}

    assert told == (
        ends["chat_completions"][-2]["choices"][0]["finish_reason"],
        ends["responses"][-1]["response"]["status"],
        ends["anthropic_messages"][-2]["delta"]["stop_reason"],
        ends["ui_messages"][-2].get("finishReason"),
        ends["ag_ui"][-1]["outcome"]["type"],
    )


def test_a_stop_sequence_is_told_where_there_is_a_place_for_it() -> None:
    told = read("anthropic_messages", ["a", Stop("stop_sequence", "END")])

    assert told[-2]["delta"] == {"stop_reason": "stop_sequence", "stop_sequence": "END"}


def test_a_reason_that_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"reason is 'end_turn', expected one of stop, length, "):
        Stop("end_turn")


def test_without_a_reason_calls_that_wait_are_one() -> None:
    waiting = [ToolCallStart("c", "t"), ToolCallEnd("c")]

    told = [read("anthropic_messages", e) for e in (waiting, [*waiting, ToolResult("c", 1)])]

    assert [one[-2]["delta"]["stop_reason"] for one in told] == ["tool_use", "end_turn"]


def test_calls_may_run_side_by_side() -> None:
    events = [
        ToolCallStart("a", "t"), ToolCallStart("b", "t"), ToolCallDelta("a", "[1"),
        ToolCallDelta("b", "[2]"), ToolCallDelta("a", "]"), ToolCallEnd("b"), ToolCallEnd("a"),
    ]  # fmt: skip

    told = read("ui_messages", events)

    inputs = {frame["toolCallId"]: frame["input"] for frame in told[:-1] if "input" in frame}
    assert inputs == {"b": [2], "a": [1]}


@each
def test_ids_of_calls_may_begin_anew_with_the_next_answer(protocol: str) -> None:
    step = [ToolCall("0", "t", {}), Stop("tool_calls"), ToolResult("0", 1)]

    told = read(protocol, [*step, *step, "a"])

    assert texts(told) == "a"
    if protocol == "chat_completions":
        deltas = [one["choices"][0]["delta"] for one in told[:-1]]
        calls = [one["tool_calls"][0] for one in deltas if "tool_calls" in one]
        assert [one["index"] for one in calls if "id" in one] == [0, 1]


def test_frames_are_numbered_in_the_order_in_which_they_leave() -> None:
    told = read("responses", ["a", ToolCallStart("c", "t"), "b", Stop(), Reasoning("d")])

    assert [frame["sequence_number"] for frame in told] == list(range(len(told)))


def test_usage_is_asked_for_in_chat_completions() -> None:
    events = ["a", Usage(1, 2)]

    with_usage = read("chat_completions", events)
    without = read("chat_completions", events, include_usage=False)

    assert with_usage[-2]["usage"]["total_tokens"] == 3
    assert with_usage[-2]["choices"] == []
    assert all("usage" not in frame for frame in without[:-1])


def test_fields_of_the_request_are_in_a_response() -> None:
    told = read("responses", ["a"], fields={"instructions": "be kind", "id": "not this"})

    assert {frame["response"]["instructions"] for frame in (told[0], told[-1])} == {"be kind"}
    assert told[0]["response"]["id"] == "resp_1"
    assert [frame["sequence_number"] for frame in told] == list(range(len(told)))


def test_a_failed_tool() -> None:
    events = [ToolCall("c", "t", '{"a": 1}'), ToolResult("c", {"why": "no"}, error=True)]

    told = read("ui_messages", events)

    assert {"type": "tool-output-error", "toolCallId": "c", "errorText": '{"why":"no"}'} in told


def test_values_that_json_lacks_are_null() -> None:
    value = {"a": [float("inf"), (float("nan"), 1.5)], "b": "NaN"}

    told = read("ag_ui", [Data("d", value)])

    assert told[1] == {
        "type": "CUSTOM",
        "name": "d",
        "value": {"a": [None, [None, 1.5]], "b": "NaN"},
    }


def test_events_are_equal_by_value_and_show_it() -> None:
    assert Usage(1, 2) == Usage(1, 2) != Usage(1, 3)
    assert ToolCallStart("a", "b") != ToolCallDelta("a", "b")
    assert repr(ToolResult("a", 1)) == "ToolResult(error=False, id='a', output=1)"
