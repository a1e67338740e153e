"""The UI message stream of Vercel's AI SDK, version 1, as `useChat` reads it.

https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
Each frame is `data: {part}`, and the last one is `data: [DONE]`. The header
`x-vercel-ai-ui-message-stream: v1` names the protocol. What follows the results of tools is another
step of the same message. Data of your own is a part `data-NAME`; usage is the message's metadata.
"""

from __future__ import annotations

from ..json_codec import dumps, quote
from .encoder import Call, Encoder
from .events import CANCELLED, CONTENT_FILTER, LENGTH, OTHER, REFUSAL, TOOL_CALLS, Failure, Stop
from .json_values import encode_output, encode_value
from .stream import SSE_HEADERS, encode_stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
    from typing import Any, overload

    from .events import Data, ToolResult, Usage
    from .failures import Explain
else:  # typing costs an import, and says nothing at run time

    def overload(function):
        return function


HEADERS = {
    **SSE_HEADERS,
    "x-vercel-ai-ui-message-stream": "v1",
    "x-accel-buffering": "no",
}
DONE = "data: [DONE]\n\n"

_REASONS = {
    LENGTH: "length",
    TOOL_CALLS: "tool-calls",
    CONTENT_FILTER: "content-filter",
    REFUSAL: "content-filter",
    OTHER: "other",
}


@overload
def frames(
    events: AsyncIterable[Any], *, message_id: str | None = ..., errors: Explain | None = ...
) -> AsyncIterator[bytes]: ...
@overload
def frames(
    events: Iterable[Any], *, message_id: str | None = ..., errors: Explain | None = ...
) -> Iterator[bytes]: ...
def frames(events: Any, *, message_id: str | None = None, errors: Explain | None = None) -> Any:
    """The stream of a UI message; send it with the status 200 and HEADERS.

    `events`: str, events of this package, or a provider's own. Without a `message_id` the client
    chooses one, or goes on with its last message where that waits for the results of tools.
    `errors` says what the client is told of an exception, by default `failures.explain`. Raises
    TypeError for events that cannot be iterated.
    """
    return encode_stream(events, _UiMessageEncoder(message_id), errors)


def error_body(failure: Failure) -> bytes:
    """The text of an answer with the status `failure.status_code`: clients show it as it is."""
    return failure.message.encode("utf-8", "replace")


class _UiMessageEncoder(Encoder):
    def __init__(self, message_id: str | None) -> None:
        super().__init__()
        self._message_id = message_id
        self._blocks = 0
        self._id = ""
        self.after = "}\n\n"

    def begin(self) -> str:
        id = f',"messageId":{quote(self._message_id)}' if self._message_id else ""
        return _frame(f'"start"{id}') + _frame('"start-step"')

    def next_step(self) -> str:
        return _frame('"finish-step"') + _frame('"start-step"')

    def open_text(self) -> str:
        return self._open_block("text")

    def close_text(self) -> str:
        return _frame(f'"text-end","id":{self._id}')

    def open_reasoning(self) -> str:
        return self._open_block("reasoning")

    def close_reasoning(self) -> str:
        return _frame(f'"reasoning-end","id":{self._id}')

    def _open_block(self, kind: str) -> str:
        self._id = f'"{self._blocks}"'
        self._blocks += 1
        self.before = f'data: {{"type":"{kind}-delta","id":{self._id},"delta":'
        return _frame(f'"{kind}-start","id":{self._id}')

    def open_tool(self, call: Call) -> str:
        return _frame(f'"tool-input-start",{_describe(call)}')

    def tool_delta(self, call: Call, arguments: str) -> str:
        id = quote(call.id)
        return _frame(f'"tool-input-delta","toolCallId":{id},"inputTextDelta":{quote(arguments)}')

    def close_tool(self, call: Call) -> str:
        try:
            input = encode_value(call.parse())
        except ValueError:  # cut by a limit, or what a model made up
            text = quote("the arguments of the tool call are not complete JSON")
            fields = f'"input":{quote(call.arguments)},"errorText":{text}'
            return _frame(f'"tool-input-error",{_describe(call)},{fields}')
        return _frame(f'"tool-input-available",{_describe(call)},"input":{input}')

    def tool_result(self, result: ToolResult) -> str:
        id = quote(result.id)
        if result.error:
            text = quote(encode_output(result.output))
            return _frame(f'"tool-output-error","toolCallId":{id},"errorText":{text}')
        output = encode_value(result.output)
        return _frame(f'"tool-output-available","toolCallId":{id},"output":{output}')

    def data(self, data: Data) -> str:
        return _frame(f'{quote(f"data-{data.name}")},"data":{encode_value(data.value)}')

    def finish(self, stop: Stop, usage: Usage | None) -> str:
        if stop.reason == CANCELLED:
            return _frame('"abort"') + DONE
        reason = _REASONS.get(stop.reason, "stop")
        fields = f'"finish","finishReason":"{reason}"'
        if usage is not None:
            fields += f',"messageMetadata":{dumps({"usage": _count(usage)}).decode()}'
        return _frame('"finish-step"') + _frame(fields) + DONE

    def failure(self, failure: Failure) -> str:
        return _frame(f'"error","errorText":{quote(failure.message)}') + DONE


def _frame(fields: str) -> str:
    return f'data: {{"type":{fields}}}\n\n'


def _describe(call: Call) -> str:
    return f'"toolCallId":{quote(call.id)},"toolName":{quote(call.name)}'


def _count(usage: Usage) -> dict[str, int]:
    return {
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.input_tokens + usage.output_tokens,
        "cachedInputTokens": usage.cache_read_tokens,
        "reasoningTokens": usage.reasoning_tokens,
    }
