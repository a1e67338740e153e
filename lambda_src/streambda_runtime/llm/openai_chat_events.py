"""Chunks of OpenAI's chat completions: objects of `openai`, or the dicts of their JSON.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from .events import (
    CONTENT_FILTER,
    LENGTH,
    OTHER,
    STOP,
    TOOL_CALLS,
    Reasoning,
    Stop,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Usage,
)
from .fields import count, get

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from .events import Event

_REASONS = {
    "stop": STOP,
    "length": LENGTH,
    "tool_calls": TOOL_CALLS,
    "content_filter": CONTENT_FILTER,
}


class ChatEvents:
    """The translator of one stream. Of several choices it reads the first."""

    def __init__(self) -> None:
        self._id: object = None
        self._calls: dict[int, str] = {}  # index -> the id of a call whose arguments go on
        self._usage: Usage | None = None

    def translate(self, event: Any) -> Iterable[str | Event]:
        if get(event, "type") == "chunk":
            event = get(event, "chunk")
        if get(event, "object") != "chat.completion.chunk":
            return ()  # of the client's helper, which says again what a chunk has said
        return self._read_chunk(event)

    def _read_chunk(self, chunk: Any) -> Iterator[str | Event]:
        if get(chunk, "id") != self._id:
            yield from self.finish()
            self._id = get(chunk, "id")
        for choice in get(chunk, "choices") or ():
            if get(choice, "index") in (0, None):
                yield from self._read_choice(choice)
        if (usage := get(chunk, "usage")) is not None:
            self._usage = _read_usage(usage)  # some servers send the total so far with each chunk

    def _read_choice(self, choice: Any) -> Iterator[str | Event]:
        delta = get(choice, "delta")
        # Not of OpenAI: how other servers with this interface tell what their models think.
        if thought := get(delta, "reasoning_content") or get(delta, "reasoning"):
            yield Reasoning(str(thought))
        if text := get(delta, "content") or get(delta, "refusal"):
            yield text
        for call in get(delta, "tool_calls") or ():
            yield from self._read_call(call)
        if (reason := get(choice, "finish_reason")) is not None:
            yield from self._end_calls()
            yield Stop(_REASONS.get(reason, OTHER))

    def _read_call(self, call: Any) -> Iterator[Event]:
        index, function = get(call, "index") or 0, get(call, "function")
        id = get(call, "id")
        if id and self._calls.get(index) != id:
            if index in self._calls:
                yield ToolCallEnd(self._calls[index])
            self._calls[index] = id
            yield ToolCallStart(id, get(function, "name") or "")
        if arguments := get(function, "arguments"):
            yield ToolCallDelta(self._calls.get(index, ""), arguments)

    def _end_calls(self) -> Iterator[Event]:
        for id in self._calls.values():
            yield ToolCallEnd(id)
        self._calls.clear()

    def finish(self) -> Iterator[Event]:
        if self._usage is not None:
            yield self._usage
            self._usage = None


def _read_usage(usage: Any) -> Usage:
    prompt, completion = (
        get(usage, "prompt_tokens_details"),
        get(usage, "completion_tokens_details"),
    )
    return Usage(
        count(usage, "prompt_tokens"),
        count(usage, "completion_tokens"),
        cache_read_tokens=count(prompt, "cached_tokens"),
        cache_write_tokens=count(prompt, "cache_write_tokens"),
        reasoning_tokens=count(completion, "reasoning_tokens"),
    )
