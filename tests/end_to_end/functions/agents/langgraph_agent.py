"""A LangGraph agent whose model says the same each time."""

from collections.abc import AsyncIterator
from typing import Any

import gate  # type: ignore[import-not-found]
from langchain_core.language_models import BaseChatModel  # type: ignore[import-not-found]
from langchain_core.messages import (  # type: ignore[import-not-found]
    AIMessageChunk,
    ToolMessage,
)
from langchain_core.outputs import ChatGenerationChunk  # type: ignore[import-not-found]
from langgraph.graph import START, MessagesState, StateGraph  # type: ignore[import-not-found]
from langgraph.prebuilt import ToolNode, tools_condition  # type: ignore[import-not-found]


def call(**piece: Any) -> AIMessageChunk:
    chunk = {"name": None, "args": None, "id": None, "index": 0, **piece}
    return AIMessageChunk(content="", tool_call_chunks=[chunk])


USAGE = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
LOOK = [
    AIMessageChunk(content="Let me "),
    AIMessageChunk(content="look."),
    call(name="weather", id="call_1", args=""),
    call(args='{"city":'),
    call(args='"Paris"}'),
    AIMessageChunk(content="", usage_metadata=USAGE),
]
SAY = [AIMessageChunk(content="It rains.", usage_metadata=USAGE)]


class FixedModel(BaseChatModel):  # type: ignore[misc]
    @property
    def _llm_type(self) -> str:
        return "fixed"

    async def _astream(self, messages: list[Any], *more: Any, **options: Any) -> AsyncIterator[Any]:
        for chunk in SAY if isinstance(messages[-1], ToolMessage) else LOOK:
            yield ChatGenerationChunk(message=chunk.model_copy())

    def _generate(self, *arguments: Any, **options: Any) -> Any:
        raise NotImplementedError


async def weather(city: str) -> str:
    """The weather in a city."""
    await gate.wait()
    return f"rain in {city}"


async def ask(state: Any) -> Any:
    return {"messages": [await FixedModel().ainvoke(state["messages"])]}


def make_agent() -> Any:
    graph = StateGraph(MessagesState)
    graph.add_node("ask", ask)
    graph.add_node("tools", ToolNode([weather]))
    graph.add_edge(START, "ask")
    graph.add_conditional_edges("ask", tools_condition)
    graph.add_edge("tools", "ask")
    return graph.compile()
