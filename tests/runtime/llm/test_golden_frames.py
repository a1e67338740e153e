"""The frames of one conversation in each protocol, byte for byte."""

from collections.abc import Sequence
from pathlib import Path
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
from tests.support.llm import PROTOCOLS, collect, later

GOLDEN = Path(__file__).parents[2] / "golden/llm"

AGENT = [
    Reasoning("They ask"), Reasoning(" about rain."), Reasoning("", "c2ln"),
    "Let me ", "look.\n",
    ToolCallStart("call_1", "weather"), ToolCallDelta("call_1", '{"city":'),
    ToolCallDelta("call_1", '"Paris"}'), ToolCallEnd("call_1"),
    Stop("tool_calls"), Usage(20, 9, cache_read_tokens=8, reasoning_tokens=4),
    Data("progress", {"done": 0.5}),
    ToolResult("call_1", {"sky": "rain", "at": float("nan")}),
    "It ", 'rains: "\u2028 \ud83c', "\udf27", "語.",
    Stop(), Usage(31, 5),
]  # fmt: skip
# The program of the caller is to call the tools.
TOOLS = ["", ToolCall("call_1", "weather", {"city": "Paris"}), ToolCall("call_2", "time", {})]
CUT = ["A", ToolCallStart("call_1", "weather"), ToolCallDelta("call_1", '{"ci'), Stop("length")]
FAILED = ["A", Usage(3, 1), Failure("the model is overloaded", "overloaded"), "never sent"]
ABORTED = ["A", Stop("cancelled")]
EVENTS: dict[str, Sequence[Any]] = {
    "agent": AGENT,
    "tools": TOOLS,
    "cut": CUT,
    "failed": FAILED,
    "aborted": ABORTED,
    "empty": [],
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", EVENTS)
async def test_frames(name: str, protocol: str, write_golden: bool) -> None:
    frames = list(PROTOCOLS[protocol](EVENTS[name]))
    from_async = await collect(PROTOCOLS[protocol](later(EVENTS[name])))

    file = GOLDEN / f"{protocol}-{name}.sse"
    if write_golden:
        file.write_bytes(b"".join(frames))
    assert b"".join(frames) == file.read_bytes()
    assert from_async == frames
