"""A Strands agent whose model says the same each time."""

from collections.abc import AsyncIterator
from typing import Any

import gate  # type: ignore[import-not-found]
from strands import Agent, tool  # type: ignore[import-not-found]
from strands.models import Model  # type: ignore[import-not-found]

BEGIN: dict[str, Any] = {"messageStart": {"role": "assistant"}}
LOOK = [
    BEGIN,
    {"contentBlockDelta": {"delta": {"text": "Let me "}}},
    {"contentBlockDelta": {"delta": {"text": "look."}}},
    {"contentBlockStop": {}},
    {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "call_1", "name": "weather"}}}},
    {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"city":'}}}},
    {"contentBlockDelta": {"delta": {"toolUse": {"input": '"Paris"}'}}}},
    {"contentBlockStop": {}},
    {"messageStop": {"stopReason": "tool_use"}},
]
SAY = [
    BEGIN,
    {"contentBlockDelta": {"delta": {"text": "It rains."}}},
    {"contentBlockStop": {}},
    {"messageStop": {"stopReason": "end_turn"}},
]
USAGE = {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}


class FixedModel(Model):  # type: ignore[misc]
    async def stream(self, messages: Any, *more: Any, **options: Any) -> AsyncIterator[Any]:
        answered = "toolResult" in messages[-1]["content"][0]
        for event in SAY if answered else LOOK:
            yield event
        yield {"metadata": {"usage": USAGE, "metrics": {"latencyMs": 1}}}

    def update_config(self, **config: Any) -> None: ...

    def get_config(self) -> dict[str, Any]:
        return {}

    async def structured_output(self, *arguments: Any, **options: Any) -> AsyncIterator[Any]:
        raise NotImplementedError
        yield


@tool  # type: ignore[untyped-decorator]
async def weather(city: str) -> str:
    """The weather in a city."""
    await gate.wait()
    return f"rain in {city}"


def make_agent() -> Any:
    return Agent(model=FixedModel(), tools=[weather], callback_handler=None)
