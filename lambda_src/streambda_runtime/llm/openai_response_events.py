"""Events of OpenAI's Responses: objects of `openai`, or the dicts of their JSON.

https://platform.openai.com/docs/api-reference/responses-streaming
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
from .failures import explain_type
from .fields import count, get

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from .events import Event

_INCOMPLETE = {"max_output_tokens": LENGTH, "content_filter": CONTENT_FILTER}


class ResponseEvents:
    """The translator of one stream."""

    def __init__(self) -> None:
        self._calls: dict[str, str] = {}  # id of an output item -> id of its tool call
        self._called = False

    def translate(self, event: Any) -> Iterable[str | Event]:
        read = _READERS.get(get(event, "type"))
        return () if read is None else read(self, event)

    def _say(self, event: Any) -> Iterable[str | Event]:
        return (get(event, "delta"),)

    def _think(self, event: Any) -> Iterable[str | Event]:
        return (Reasoning(get(event, "delta")),)

    def _add_item(self, event: Any) -> Iterable[str | Event]:
        item = get(event, "item")
        if get(item, "type") != "function_call":
            return ()
        id = get(item, "call_id")
        self._calls[get(item, "id") or id] = id
        self._called = True
        return (ToolCallStart(id, get(item, "name")),)

    def _add_arguments(self, event: Any) -> Iterable[str | Event]:
        return (ToolCallDelta(self._calls.get(get(event, "item_id"), ""), get(event, "delta")),)

    def _end_item(self, event: Any) -> Iterable[str | Event]:
        id = self._calls.pop(get(get(event, "item"), "id"), None)
        return () if id is None else (ToolCallEnd(id),)

    def _complete(self, event: Any) -> Iterator[str | Event]:
        yield from _read_usage(get(get(event, "response"), "usage"))
        yield Stop(TOOL_CALLS if self._called else STOP)
        self._called = False

    def _break_off(self, event: Any) -> Iterator[str | Event]:
        response = get(event, "response")
        yield from _read_usage(get(response, "usage"))
        yield Stop(_INCOMPLETE.get(get(get(response, "incomplete_details"), "reason"), OTHER))

    def _fail(self, event: Any) -> Iterator[str | Event]:
        response = get(event, "response")
        yield from _read_usage(get(response, "usage"))
        error = get(response, "error")
        yield explain_type(get(event, "code") if error is None else get(error, "code"))

    def finish(self) -> Iterable[str | Event]:
        return ()


_READERS: dict[str, Callable[[ResponseEvents, Any], Iterable[str | Event]]] = {
    "response.output_text.delta": ResponseEvents._say,
    "response.refusal.delta": ResponseEvents._say,
    "response.reasoning_text.delta": ResponseEvents._think,
    "response.reasoning_summary_text.delta": ResponseEvents._think,
    "response.output_item.added": ResponseEvents._add_item,
    "response.function_call_arguments.delta": ResponseEvents._add_arguments,
    "response.output_item.done": ResponseEvents._end_item,
    "response.completed": ResponseEvents._complete,
    "response.incomplete": ResponseEvents._break_off,
    "response.failed": ResponseEvents._fail,
    "error": ResponseEvents._fail,
}


def _read_usage(usage: Any) -> Iterator[Usage]:
    if usage is None:
        return
    read = get(usage, "input_tokens_details")
    yield Usage(
        count(usage, "input_tokens"),
        count(usage, "output_tokens"),
        cache_read_tokens=count(read, "cached_tokens"),
        cache_write_tokens=count(read, "cache_write_tokens"),
        reasoning_tokens=count(get(usage, "output_tokens_details"), "reasoning_tokens"),
    )
