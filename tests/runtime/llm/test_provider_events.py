"""Events of `openai` and `anthropic`, as their objects and as the dicts of their JSON."""

from collections.abc import Callable
from typing import Any

import pytest

from streambda_runtime.llm import (
    Failure,
    Reasoning,
    Stop,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Usage,
)
from streambda_runtime.llm.failures import MESSAGES
from streambda_runtime.llm.recognise import recognise
from tests.support.llm import DONE, read

ANSWER = [
    "Hel", "lo",
    ToolCallStart("c1", "weather"), ToolCallDelta("c1", '{"city":'),
    ToolCallDelta("c1", '"Paris"}'), ToolCallEnd("c1"),
]  # fmt: skip
COUNTED = Usage(20, 9, cache_read_tokens=8)
# What the protocols make of it differs in where usage comes.
EXPECTED = {
    "chat_completions": [*ANSWER, Stop("tool_calls"), COUNTED],
    "responses": [Reasoning("Hm"), *ANSWER, COUNTED, Stop("tool_calls")],
    "anthropic_messages": [
        Reasoning("Hm"), Reasoning("", "c2ln"), *ANSWER, Stop("tool_calls"), COUNTED
    ],
}  # fmt: skip


def translate(events: list[Any]) -> list[Any]:
    translators: dict[Any, Any] = {}
    found = []
    for event in events:
        kind = recognise(event)
        translator = translators.setdefault(kind, kind())
        found += translator.translate(event)
    return [*found, *(one for it in translators.values() for one in it.finish())]


def as_dicts(protocol: str, frames: list[Any]) -> list[Any]:
    return frames


def as_objects(protocol: str, frames: list[Any]) -> list[Any]:
    from pydantic import TypeAdapter

    if protocol == "anthropic_messages":
        anthropic = pytest.importorskip("anthropic")
        adapter = TypeAdapter(anthropic.types.RawMessageStreamEvent)
    elif protocol == "responses":
        openai = pytest.importorskip("openai")
        adapter = TypeAdapter(openai.types.responses.ResponseStreamEvent)
    else:
        openai = pytest.importorskip("openai")
        adapter = TypeAdapter(openai.types.chat.ChatCompletionChunk)
    return [adapter.validate_python(frame) for frame in frames]


@pytest.mark.parametrize("form", [as_dicts, as_objects])
@pytest.mark.parametrize("protocol", EXPECTED)
def test_every_event_is_translated(protocol: str, form: Callable[..., list[Any]]) -> None:
    events = [Reasoning("Hm"), Reasoning("", "c2ln"), *ANSWER, Stop("tool_calls"), COUNTED]
    frames = [frame for frame in read(protocol, events) if frame != DONE]

    assert translate(form(protocol, frames)) == EXPECTED[protocol]


@pytest.mark.parametrize("protocol", EXPECTED)
def test_a_failure_is_told_on(protocol: str) -> None:
    frames = [one for one in read(protocol, ["a", Failure("secret", "rate_limit")]) if one != DONE]
    if protocol == "chat_completions":
        return  # `openai` raises it

    assert translate(frames)[:2] == ["a", Failure(MESSAGES["rate_limit"], "rate_limit")]


@pytest.mark.parametrize(
    ("reason", "ours"), [("length", "length"), ("content_filter", "content_filter")]
)
@pytest.mark.parametrize("protocol", ["chat_completions", "responses"])
def test_reasons_of_openai(protocol: str, reason: str, ours: str) -> None:
    frames = [one for one in read(protocol, ["a", Stop(reason), Usage(1, 2)]) if one != DONE]

    assert Stop(ours) in translate(frames)
    assert Usage(1, 2) in translate(frames)


def chunk(id: str = "1", usage: Any = None, finish: str | None = None, **delta: Any) -> Any:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"object": "chat.completion.chunk", "id": id, "choices": [choice], "usage": usage}


def test_what_other_servers_add_to_chat_completions() -> None:
    """Totals with every chunk, thoughts under two names, calls that begin before one has ended."""
    counts = [{"prompt_tokens": 5, "completion_tokens": done} for done in (1, 2)]
    calls = [
        {"index": index, "id": id, "function": {"name": "t", "arguments": "{}"}}
        for index, id in ((0, "a"), (0, "b"), (1, "c"))
    ]
    events = [
        chunk(reasoning_content="Hm", usage=counts[0]),
        chunk(reasoning="m", usage=counts[1]),
        chunk(content="", refusal="No."),
        *(chunk(tool_calls=[call]) for call in calls),
        chunk(finish="of the future"),
        {**chunk("1"), "choices": [{"index": 1, "delta": {"content": "another choice"}}]},
        chunk("2", content="Next."),
    ]

    assert translate(events) == [
        Reasoning("Hm"), Reasoning("m"), "No.",
        ToolCallStart("a", "t"), ToolCallDelta("a", "{}"), ToolCallEnd("a"),
        ToolCallStart("b", "t"), ToolCallDelta("b", "{}"),
        ToolCallStart("c", "t"), ToolCallDelta("c", "{}"),
        ToolCallEnd("b"), ToolCallEnd("c"), Stop("other"),
        Usage(5, 2), "Next.",
    ]  # fmt: skip


class Helped:
    """An event of a client's helper, which says again what its events have said."""

    def __init__(self, type: str, **fields: Any) -> None:
        self.type = type
        self.__dict__ |= fields


def test_events_of_the_clients_helpers_are_not_told_twice() -> None:
    events = [
        Helped("chunk", chunk=chunk(content="a")),
        Helped("content.delta", delta="a", snapshot="a"),
        Helped("content.done", content="a"),
        Helped("tool_calls.function.arguments.done", name="t"),
        *({"type": "message_start", "message": {}}, {"type": "ping"}),
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "b"}},
        Helped("text", text="b", snapshot="b"),
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta"}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "of_the_future"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta"}},
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {}},
        Helped("response.of.the.future"),
        {"type": "response.output_item.added", "item": {"type": "web_search_call"}},
    ]

    assert translate(events) == ["a", "b"]


def test_a_stop_sequence_is_kept() -> None:
    delta = {"stop_reason": "stop_sequence", "stop_sequence": "END"}

    told = translate([{"type": "message_delta", "delta": delta, "usage": {"output_tokens": 3}}])

    assert told == [Stop("stop_sequence", "END"), Usage(0, 3)]


def test_anthropics_totals_are_not_added_up() -> None:
    message = {"usage": {"input_tokens": 4, "output_tokens": 1, "cache_read_input_tokens": 8}}
    events = [
        {"type": "message_start", "message": message},
        {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
        {"type": "message_start", "message": {"usage": {"input_tokens": 1}}},
        {"type": "message_stop"},
    ]

    assert translate(events) == [Usage(12, 5, cache_read_tokens=8), Usage(1)]


def test_one_stream_of_several_providers_and_of_plain_values() -> None:
    events = ["a", chunk(content="b"), {"contentBlockDelta": {"delta": {"text": "c"}}},
              ToolCall("c", "t", {}), Stop()]  # fmt: skip

    told = read("anthropic_messages", events)

    assert [one["delta"]["text"] for one in told if "text_delta" in str(one)] == ["a", "b", "c"]
