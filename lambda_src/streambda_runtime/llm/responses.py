"""OpenAI's Responses, as the client `openai` reads them.

https://platform.openai.com/docs/api-reference/responses-streaming
Each frame has the event's type and a `sequence_number`. There is no place for data of an
application's own: it is left out. A stream cannot be resumed (`starting_after`).
"""

from __future__ import annotations

from ..json_codec import dumps, quote
from .encoder import Call, Encoder
from .events import CANCELLED, CONTENT_FILTER, LENGTH, REFUSAL, Failure, Stop
from .ids import make_id, now
from .json_values import encode_output
from .stream import SSE_HEADERS, encode_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
    from typing import Any, overload

    from .events import ToolResult, Usage
    from .failures import Explain
else:  # typing costs an import, and says nothing at run time

    def overload(function):
        return function


HEADERS = dict(SSE_HEADERS)

_INCOMPLETE = {
    LENGTH: {"reason": "max_output_tokens"},
    CONTENT_FILTER: {"reason": "content_filter"},
    REFUSAL: {"reason": "content_filter"},
    CANCELLED: None,
}
# Kind of failure -> the `code` of a response's error.
_CODES = {"invalid_request": "invalid_prompt", "rate_limit": "rate_limit_exceeded"}


@overload
def frames(
    events: AsyncIterable[Any],
    *,
    model: str,
    id: str | None = ...,
    created_at: int | None = ...,
    fields: Mapping[str, Any] | None = ...,
    errors: Explain | None = ...,
) -> AsyncIterator[bytes]: ...
@overload
def frames(
    events: Iterable[Any],
    *,
    model: str,
    id: str | None = ...,
    created_at: int | None = ...,
    fields: Mapping[str, Any] | None = ...,
    errors: Explain | None = ...,
) -> Iterator[bytes]: ...
def frames(
    events: Any,
    *,
    model: str,
    id: str | None = None,
    created_at: int | None = None,
    fields: Mapping[str, Any] | None = None,
    errors: Explain | None = None,
) -> Any:
    """The stream of a response; send it with the status 200 and HEADERS.

    `events`: str, events of this package, or a provider's own. `id` and `created_at` (seconds since
    1970) are made if they are missing. `fields` of the response object that the request has set,
    such as `tools` or `instructions`; the others have OpenAI's defaults. `errors` says what the
    client is told of an exception, by default `failures.explain`. Raises TypeError for events that
    cannot be iterated.
    """
    response = {
        **_DEFAULTS,
        **(fields or {}),
        "id": id or make_id("resp_"),
        "created_at": now() if created_at is None else created_at,
        "model": model,
    }
    return encode_stream(events, _ResponseEncoder(response), errors)


_DEFAULTS: dict[str, Any] = {
    "object": "response",
    "status": "in_progress",
    "background": False,
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "output": [],
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "store": False,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": None,
    "truncation": "disabled",
    "usage": None,
    "user": None,
}


def error_body(failure: Failure) -> bytes:
    """The JSON document of an answer with the status `failure.status_code`."""
    from .chat_completions import error_body

    return error_body(failure)


class _ResponseEncoder(Encoder):
    def __init__(self, response: dict[str, Any]) -> None:
        super().__init__()
        self._response = response
        self._base = response["id"].partition("_")[2] or response["id"]
        self._number = -1  # of the last frame
        self._items: list[dict[str, Any]] = []
        self._pieces: list[str] = []  # of the content that is open
        self._index = 0  # its item
        self._place = ""  # where it is, as JSON

    def _frame(self, type: str, fields: dict[str, Any]) -> str:
        return self._raw(type, dumps(fields).decode()[1:-1])

    def _raw(self, type: str, fields: str) -> str:
        self._number = number = self._number + 1
        return f'event: {type}\ndata: {{"type":"{type}","sequence_number":{number},{fields}}}\n\n'

    def begin(self) -> str:
        response = {"response": self._response}
        return self._frame("response.created", response) + self._frame(
            "response.in_progress", response
        )

    def open_text(self) -> str:
        item = {"type": "message", "role": "assistant", "content": []}
        type = "response.output_text.delta"
        return self._open_content("msg", item, _make_text_part(""), type)

    def encode_text(self, text: str) -> bytes:
        # As the base does, with a number in each frame.
        if self._flows and text and text.isascii():
            self._pieces.append(text)
            self._number = number = self._number + 1
            return (
                f'{self.before}{quote(text)},"logprobs":[],"sequence_number":{number}}}\n\n'
            ).encode()
        return self.encode(text)

    def text(self, text: str) -> str:
        self._pieces.append(text)
        self._number = number = self._number + 1
        return f'{self.before}{quote(text)},"logprobs":[],"sequence_number":{number}}}\n\n'

    def close_text(self) -> str:
        text = "".join(self._pieces)
        done = {"text": text, "logprobs": []}
        return self._close_content("response.output_text.done", done, _make_text_part(text))

    def open_reasoning(self) -> str:
        item = {"type": "reasoning", "summary": [], "content": []}
        part = {"type": "reasoning_text", "text": ""}
        return self._open_content("rs", item, part, "response.reasoning_text.delta")

    def sign_reasoning(self, signature: str) -> str:
        self._items[self._index]["encrypted_content"] = signature
        return ""

    def close_reasoning(self) -> str:
        text = "".join(self._pieces)
        part = {"type": "reasoning_text", "text": text}
        return self._close_content("response.reasoning_text.done", {"text": text}, part)

    def _open_content(
        self, prefix: str, item: dict[str, Any], part: dict[str, Any], delta: str
    ) -> str:
        """Begins an item and its content; `delta` is the type of the events that add to it."""
        self._pieces = []
        frames = self._add_item(prefix, item)
        self._index = len(self._items) - 1
        self._place = f'{self._place_of(self._index)},"content_index":0'
        self.before = f'event: {delta}\ndata: {{"type":"{delta}",{self._place},"delta":'
        content = f'{self._place},"part":{dumps(part).decode()}'
        return frames + self._raw("response.content_part.added", content)

    def _close_content(self, type: str, done: dict[str, Any], part: dict[str, Any]) -> str:
        self._items[self._index]["content"] = [part]
        return (
            self._raw(type, f"{self._place},{dumps(done).decode()[1:-1]}")
            + self._raw(
                "response.content_part.done", f'{self._place},"part":{dumps(part).decode()}'
            )
            + self._end_item(self._index)
        )

    def _add_item(self, prefix: str, item: dict[str, Any]) -> str:
        index = len(self._items)
        self._items.append(
            {"id": f"{prefix}_{self._base}_{index}", "status": "in_progress", **item}
        )
        return self._frame(
            "response.output_item.added", {"output_index": index, "item": self._items[index]}
        )

    def _end_item(self, index: int) -> str:
        cut = self._stop is not None and self._stop.reason in _INCOMPLETE
        self._items[index]["status"] = "incomplete" if cut else "completed"
        return self._frame(
            "response.output_item.done", {"output_index": index, "item": self._items[index]}
        )

    def open_tool(self, call: Call) -> str:
        call.block = len(self._items)
        item = {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": ""}
        return self._add_item("fc", item)

    def tool_delta(self, call: Call, arguments: str) -> str:
        return self._raw(
            "response.function_call_arguments.delta",
            f'{self._place_of(call.block)},"delta":{quote(arguments)}',
        )

    def close_tool(self, call: Call) -> str:
        self._items[call.block]["arguments"] = call.arguments
        done = f'"name":{quote(call.name)},"arguments":{quote(call.arguments)}'
        return self._raw(
            "response.function_call_arguments.done", f"{self._place_of(call.block)},{done}"
        ) + self._end_item(call.block)

    def _place_of(self, index: int) -> str:
        return f'"item_id":{quote(self._items[index]["id"])},"output_index":{index}'

    def tool_result(self, result: ToolResult) -> str:
        output = encode_output(result.output)
        item = {"type": "function_call_output", "call_id": result.id, "output": output}
        return self._add_item("fco", item) + self._end_item(len(self._items) - 1)

    def finish(self, stop: Stop, usage: Usage | None) -> str:
        if stop.reason in _INCOMPLETE:
            details = _INCOMPLETE[stop.reason]
            return self._close("incomplete", usage, {"incomplete_details": details})
        return self._close("completed", usage, {})

    def failure(self, failure: Failure) -> str:
        code = _CODES.get(failure.kind, "server_error")
        error = {"code": code, "message": failure.message}
        told = self._frame("error", {**error, "param": None})
        self._keep_open_items()
        return told + self._close("failed", self.usage, {"error": error})

    def _keep_open_items(self) -> None:
        """What has come of items that a failure has cut is in the response all the same."""
        for call in self.calls.values():
            self._items[call.block]["arguments"] = call.arguments
        for item in self._items:
            if item["status"] == "in_progress":
                item["status"] = "incomplete"
                if item["type"] == "message":
                    item["content"] = [_make_text_part("".join(self._pieces))]

    def _close(self, status: str, usage: Usage | None, fields: dict[str, Any]) -> str:
        counts = usage and {
            "input_tokens": usage.input_tokens,
            "input_tokens_details": {
                "cached_tokens": usage.cache_read_tokens,
                "cache_write_tokens": usage.cache_write_tokens,
            },
            "output_tokens": usage.output_tokens,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
            "total_tokens": usage.input_tokens + usage.output_tokens,
        }
        ended = {"status": status, "output": self._items, "usage": counts, **fields}
        return self._frame(f"response.{status}", {"response": {**self._response, **ended}})


def _make_text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
