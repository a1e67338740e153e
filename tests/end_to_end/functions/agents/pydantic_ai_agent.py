"""A PydanticAI agent whose model says the same each time."""

from collections.abc import AsyncIterator
from typing import Any

import gate  # type: ignore[import-not-found]
from pydantic_ai import Agent  # type: ignore[import-not-found]
from pydantic_ai.models.function import (  # type: ignore[import-not-found]
    DeltaToolCall,
    FunctionModel,
)


async def answer(messages: list[Any], about: Any) -> AsyncIterator[Any]:
    if len(messages) > 1:
        yield "It rains."
        return
    yield "Let me "
    yield "look."
    yield {0: DeltaToolCall(name="weather", tool_call_id="call_1")}
    yield {0: DeltaToolCall(json_args='{"city":')}
    yield {0: DeltaToolCall(json_args='"Paris"}')}


async def weather(city: str) -> str:
    """The weather in a city."""
    await gate.wait()
    return f"rain in {city}"


def make_agent() -> Any:
    return Agent(FunctionModel(stream_function=answer), tools=[weather])
