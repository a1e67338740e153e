"""Anthropic's messages stream, as the client `anthropic` reads it.

https://docs.claude.com/en/docs/build-with-claude/streaming
Content blocks are numbered. The number of input tokens is at the end, for at the beginning most
sources do not know it. There is no place for the results of your tools and for data of an
application's own: they are left out.
"""

from __future__ import annotations

from ..json_codec import dumps, quote
from .encoder import Call, Encoder
from .events import (
    CONTENT_FILTER,
    LENGTH,
    REFUSAL,
    STOP_SEQUENCE,
    TOOL_CALLS,
    Failure,
    Stop,
)
from .ids import make_id
from .stream import SSE_HEADERS, encode_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
    from typing import Any, overload

    from .events import Usage
    from .failures import Explain
else:  # typing costs an import, and says nothing at run time

    def overload(function):
        return function


HEADERS = dict(SSE_HEADERS)

_REASONS = {
    LENGTH: "max_tokens",
    TOOL_CALLS: "tool_use",
    STOP_SEQUENCE: "stop_sequence",
    CONTENT_FILTER: "refusal",
    REFUSAL: "refusal",
}
# Kind of failure -> the type of Anthropic's error: https://docs.claude.com/en/api/errors
_TYPES = {
    "invalid_request": "invalid_request_error",
    "authentication": "authentication_error",
    "permission": "permission_error",
    "not_found": "not_found_error",
    "rate_limit": "rate_limit_error",
    "request_too_large": "request_too_large",
    "timeout": "timeout_error",
    "overloaded": "overloaded_error",
}


@overload
def frames(
    events: AsyncIterable[Any],
    *,
    model: str,
    id: str | None = ...,
    errors: Explain | None = ...,
) -> AsyncIterator[bytes]: ...
@overload
def frames(
    events: Iterable[Any],
    *,
    model: str,
    id: str | None = ...,
    errors: Explain | None = ...,
) -> Iterator[bytes]: ...
def frames(events: Any, *, model: str, id: str | None = None, errors: Explain | None = None) -> Any:
    """The stream of a message; send it with the status 200 and HEADERS.

    `events`: str, events of this package, or a provider's own. `id` is made if it is missing.
    `errors` says what the client is told of an exception, by default `failures.explain`. Raises
    TypeError for events that cannot be iterated.
    """
    return encode_stream(events, _MessageEncoder(id or make_id("msg_"), model), errors)


def error_body(failure: Failure) -> bytes:
    """The JSON document of an answer with the status `failure.status_code`."""
    type = _TYPES.get(failure.kind, "api_error")
    return dumps({"type": "error", "error": {"type": type, "message": failure.message}})


class _MessageEncoder(Encoder):
    def __init__(self, id: str, model: str) -> None:
        super().__init__()
        self._id = id
        self._model = model
        self._blocks = 0
        self.after = "}}\n\n"

    def begin(self) -> str:
        message: dict[str, Any] = {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }
        return _frame("message_start", f'"message":{dumps(message).decode()}')

    def open_text(self) -> str:
        return self._open_block({"type": "text", "text": ""}, '"type":"text_delta","text":')

    def close_text(self) -> str:
        return self._close(self._blocks - 1)

    def open_reasoning(self) -> str:
        block = {"type": "thinking", "thinking": "", "signature": ""}
        return self._open_block(block, '"type":"thinking_delta","thinking":')

    def sign_reasoning(self, signature: str) -> str:
        delta = f'{{"type":"signature_delta","signature":{quote(signature)}}}'
        return _frame("content_block_delta", f'"index":{self._blocks - 1},"delta":{delta}')

    def close_reasoning(self) -> str:
        return self._close(self._blocks - 1)

    def open_tool(self, call: Call) -> str:
        call.block = self._blocks
        block = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        return self._open_block(block, "")

    def tool_delta(self, call: Call, arguments: str) -> str:
        delta = f'{{"type":"input_json_delta","partial_json":{quote(arguments)}}}'
        return _frame("content_block_delta", f'"index":{call.block},"delta":{delta}')

    def close_tool(self, call: Call) -> str:
        return self._close(call.block)

    def _open_block(self, block: dict[str, Any], delta: str) -> str:
        index = self._blocks
        self._blocks += 1
        fields = f'"type":"content_block_delta","index":{index},"delta":{{{delta}'
        self.before = f"event: content_block_delta\ndata: {{{fields}"
        content = dumps(block).decode()
        return _frame("content_block_start", f'"index":{index},"content_block":{content}')

    def _close(self, index: int) -> str:
        return _frame("content_block_stop", f'"index":{index}')

    def finish(self, stop: Stop, usage: Usage | None) -> str:
        reason = _REASONS.get(stop.reason, "end_turn")
        delta = {"stop_reason": reason, "stop_sequence": stop.sequence}
        fields = f'"delta":{dumps(delta).decode()},"usage":{dumps(_count(usage)).decode()}'
        return (
            _frame("message_delta", fields)
            + 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
        )

    def failure(self, failure: Failure) -> str:
        return f"event: error\ndata: {error_body(failure).decode()}\n\n"


def _frame(type: str, fields: str) -> str:
    return f'event: {type}\ndata: {{"type":"{type}",{fields}}}\n\n'


def _count(usage: Usage | None) -> dict[str, int]:
    if usage is None:
        return {"output_tokens": 0}
    # What a cache has read and written is counted beside the input, not within it.
    read, written = usage.cache_read_tokens, usage.cache_write_tokens
    return {
        "input_tokens": usage.input_tokens - read - written,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "output_tokens": usage.output_tokens,
    }
