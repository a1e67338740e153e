"""Events of Anthropic's messages stream: objects of `anthropic`, or the dicts of their JSON.

https://docs.claude.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

from .events import (
    LENGTH,
    OTHER,
    REFUSAL,
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
from .failures import explain_type
from .fields import get

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .events import Event

_REASONS = {
    "end_turn": STOP,
    "max_tokens": LENGTH,
    "model_context_window_exceeded": LENGTH,
    "stop_sequence": STOP_SEQUENCE,
    "tool_use": TOOL_CALLS,
    "refusal": REFUSAL,
}


class AnthropicEvents:
    """The translator of one stream."""

    def __init__(self) -> None:
        self._calls: dict[int, str] = {}  # content block -> the id of its tool call
        self._counts: dict[str, int] = {}

    def translate(self, event: Any) -> Iterable[str | Event]:
        read = _READERS.get(get(event, "type"))
        return () if read is None else read(self, event)

    def _count(self, usage: Any) -> None:
        # Each number is a total so far, and one that is not told again still holds.
        for name in _COUNTS:
            if isinstance(number := get(usage, name), int):
                self._counts[name] = number

    def _start_message(self, event: Any) -> Iterable[Event]:
        self._counts.clear()
        self._count(get(get(event, "message"), "usage"))
        return ()

    def _start_block(self, event: Any) -> Iterable[str | Event]:
        block = get(event, "content_block")
        if get(block, "type") == "tool_use":
            self._calls[get(event, "index")] = get(block, "id")
            return (ToolCallStart(get(block, "id"), get(block, "name")),)
        # A block usually begins empty, but need not.
        if get(block, "type") == "text" and get(block, "text"):
            return (get(block, "text"),)
        return ()

    def _read_delta(self, event: Any) -> Iterable[str | Event]:
        delta = get(event, "delta")
        type = get(delta, "type")
        if type == "text_delta":
            return (get(delta, "text"),)
        if type == "input_json_delta" and (id := self._calls.get(get(event, "index"))):
            return (ToolCallDelta(id, get(delta, "partial_json")),)
        if type == "thinking_delta":
            return (Reasoning(get(delta, "thinking")),)
        if type == "signature_delta":
            return (Reasoning("", get(delta, "signature")),)
        return ()

    def _stop_block(self, event: Any) -> Iterable[Event]:
        id = self._calls.pop(get(event, "index"), None)
        return () if id is None else (ToolCallEnd(id),)

    def _end_message(self, event: Any) -> Iterable[Event]:
        self._count(get(event, "usage"))
        delta = get(event, "delta")
        reason = get(delta, "stop_reason")
        if reason is None:
            return ()
        return (Stop(_REASONS.get(reason, OTHER), get(delta, "stop_sequence")),)

    def _stop_message(self, event: Any) -> Iterable[Event]:
        return self.finish()

    def _fail(self, event: Any) -> Iterable[Event]:
        return (explain_type(get(get(event, "error"), "type")),)

    def finish(self) -> Iterable[Event]:
        counts, self._counts = self._counts, {}
        if not counts:
            return ()
        # Anthropic counts what a cache has read and written beside the input, not within it.
        read = counts.get("cache_read_input_tokens", 0)
        written = counts.get("cache_creation_input_tokens", 0)
        return (
            Usage(
                counts.get("input_tokens", 0) + read + written,
                counts.get("output_tokens", 0),
                cache_read_tokens=read,
                cache_write_tokens=written,
            ),
        )


_COUNTS = (
    "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"
)  # fmt: skip
_READERS = {
    "message_start": AnthropicEvents._start_message,
    "content_block_start": AnthropicEvents._start_block,
    "content_block_delta": AnthropicEvents._read_delta,
    "content_block_stop": AnthropicEvents._stop_block,
    "message_delta": AnthropicEvents._end_message,
    "message_stop": AnthropicEvents._stop_message,
    "error": AnthropicEvents._fail,
}
