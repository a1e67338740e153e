"""Events of Bedrock's ConverseStream, as `client.converse_stream(...)["stream"]` gives them.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
"""

from __future__ import annotations

from .events import (
    CONTENT_FILTER,
    LENGTH,
    OTHER,
    STOP,
    STOP_SEQUENCE,
    TOOL_CALLS,
    Reasoning,
    Stop,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Usage,
)
from .failures import explain_code
from .fields import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .events import Event

_REASONS = {
    "end_turn": STOP,
    "tool_use": TOOL_CALLS,
    "max_tokens": LENGTH,
    "model_context_window_exceeded": LENGTH,
    "stop_sequence": STOP_SEQUENCE,
    "guardrail_intervened": CONTENT_FILTER,
    "content_filtered": CONTENT_FILTER,
}


class BedrockEvents:
    """The translator of one stream."""

    def __init__(self) -> None:
        # Content block -> the id of its tool call. Strands' models do not number their blocks.
        self._calls: dict[int | None, str] = {}

    def translate(self, event: dict[str, Any]) -> Iterable[str | Event]:
        [(name, content)] = event.items()
        if name == "contentBlockDelta":
            return self._read_delta(content)
        if name == "contentBlockStart":
            return self._start(content)
        if name == "contentBlockStop":
            id = self._calls.pop(content.get("contentBlockIndex"), None)
            return () if id is None else (ToolCallEnd(id),)
        if name == "messageStop":
            return (Stop(_REASONS.get(content.get("stopReason"), OTHER)),)
        if name == "metadata":
            return _read_usage(content)
        if name.endswith("Exception"):  # botocore raises these; other clients pass them on
            return (explain_code(name),)
        return ()

    def _start(self, content: dict[str, Any]) -> Iterable[Event]:
        call = content.get("start", {}).get("toolUse")
        if call is None:
            return ()
        self._calls[content.get("contentBlockIndex")] = call["toolUseId"]
        return (ToolCallStart(call["toolUseId"], call["name"]),)

    def _read_delta(self, content: dict[str, Any]) -> Iterable[str | Event]:
        delta = content["delta"]
        if "text" in delta:
            return (delta["text"],)
        if "toolUse" in delta:
            id = self._calls.get(content.get("contentBlockIndex"), "")
            return (ToolCallDelta(id, delta["toolUse"]["input"]),)
        if "reasoningContent" in delta:
            thought = delta["reasoningContent"]
            return (Reasoning(thought.get("text", ""), thought.get("signature")),)
        return ()

    def finish(self) -> Iterable[Event]:
        return ()


def _read_usage(content: dict[str, Any]) -> Iterable[Event]:
    usage = content.get("usage")
    if usage is None:
        return ()
    # Bedrock counts what a cache has read and written beside the input, not within it.
    read, written = count(usage, "cacheReadInputTokens"), count(usage, "cacheWriteInputTokens")
    return (
        Usage(
            count(usage, "inputTokens") + read + written,
            count(usage, "outputTokens"),
            cache_read_tokens=read,
            cache_write_tokens=written,
        ),
    )
