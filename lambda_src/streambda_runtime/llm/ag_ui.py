"""AG-UI, version 1.0, as `@ag-ui/client` reads it.

https://docs.ag-ui.com/concepts/events
Each frame is `data: {event}`. A run begins with RUN_STARTED, which carries the protocol's version,
and ends with RUN_FINISHED or RUN_ERROR. Data of your own is a CUSTOM event.
"""

from __future__ import annotations

from ..json_codec import dumps, quote
from .encoder import Call, Encoder
from .events import CANCELLED, Failure, Stop
from .ids import make_id
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


PROTOCOL_VERSION = "1.0"
HEADERS = dict(SSE_HEADERS)


@overload
def frames(
    events: AsyncIterable[Any],
    *,
    thread_id: str,
    run_id: str,
    message_id: str | None = ...,
    errors: Explain | None = ...,
) -> AsyncIterator[bytes]: ...
@overload
def frames(
    events: Iterable[Any],
    *,
    thread_id: str,
    run_id: str,
    message_id: str | None = ...,
    errors: Explain | None = ...,
) -> Iterator[bytes]: ...
def frames(
    events: Any,
    *,
    thread_id: str,
    run_id: str,
    message_id: str | None = None,
    errors: Explain | None = None,
) -> Any:
    """The stream of a run; send it with the status 200 and HEADERS.

    `events`: str, events of this package, or a provider's own. `thread_id` and `run_id` are those
    of the request. The ids of the messages begin with `message_id`, which is made if it is missing.
    `errors` says what the client is told of an exception, by default `failures.explain`. Raises
    TypeError for events that cannot be iterated.
    """
    encoder = _RunEncoder(thread_id, run_id, message_id or make_id("msg_"))
    return encode_stream(events, encoder, errors)


def error_body(failure: Failure) -> bytes:
    """The JSON document of an answer with the status `failure.status_code`."""
    return dumps({"message": failure.message, "code": failure.kind})


class _RunEncoder(Encoder):
    def __init__(self, thread_id: str, run_id: str, message_id: str) -> None:
        super().__init__()
        self._run = f'"threadId":{quote(thread_id)},"runId":{quote(run_id)}'
        self._base = message_id
        self._messages = 0
        self._id = ""  # of the message that is open
        self.after = "}\n\n"
        self._parent = ""  # the message that the calls of this step belong to

    def begin(self) -> str:
        return _frame(f'"RUN_STARTED",{self._run},"protocolVersion":"{PROTOCOL_VERSION}"')

    def _make_id(self) -> str:
        """The id of the next message, as JSON."""
        self._messages += 1
        return quote(f"{self._base}-{self._messages}")

    def _open_message(self, content: str) -> str:
        """Begins a message; `content` is the type of the events that add to it."""
        self._id = self._make_id()
        self.before = f'data: {{"type":"{content}","messageId":{self._id},"delta":'
        return self._id

    def next_step(self) -> str:
        self._parent = ""
        return ""

    def open_text(self) -> str:
        self._parent = self._open_message("TEXT_MESSAGE_CONTENT")
        return _frame(f'"TEXT_MESSAGE_START","messageId":{self._id},"role":"assistant"')

    def close_text(self) -> str:
        return _frame(f'"TEXT_MESSAGE_END","messageId":{self._id}')

    def open_reasoning(self) -> str:
        id = self._open_message("REASONING_MESSAGE_CONTENT")
        begin = _frame(f'"REASONING_START","messageId":{id}')
        return begin + _frame(f'"REASONING_MESSAGE_START","messageId":{id},"role":"reasoning"')

    def sign_reasoning(self, signature: str) -> str:
        entity = f'"subtype":"message","entityId":{self._id},"encryptedValue":{quote(signature)}'
        return _frame(f'"REASONING_ENCRYPTED_VALUE",{entity}')

    def close_reasoning(self) -> str:
        end = _frame(f'"REASONING_MESSAGE_END","messageId":{self._id}')
        return end + _frame(f'"REASONING_END","messageId":{self._id}')

    def open_tool(self, call: Call) -> str:
        if not self._parent:
            self._parent = self._make_id()
        fields = f'"toolCallName":{quote(call.name)},"parentMessageId":{self._parent}'
        return _frame(f'"TOOL_CALL_START","toolCallId":{quote(call.id)},{fields}')

    def tool_delta(self, call: Call, arguments: str) -> str:
        delta = f'"delta":{quote(arguments)}'
        return _frame(f'"TOOL_CALL_ARGS","toolCallId":{quote(call.id)},{delta}')

    def close_tool(self, call: Call) -> str:
        return _frame(f'"TOOL_CALL_END","toolCallId":{quote(call.id)}')

    def tool_result(self, result: ToolResult) -> str:
        content = quote(encode_output(result.output))
        fields = (
            f'"messageId":{self._make_id()},"toolCallId":{quote(result.id)},"content":{content}'
        )
        return _frame(f'"TOOL_CALL_RESULT",{fields},"role":"tool"')

    def data(self, data: Data) -> str:
        return _frame(f'"CUSTOM","name":{quote(data.name)},"value":{encode_value(data.value)}')

    def finish(self, stop: Stop, usage: Usage | None) -> str:
        outcome: dict[str, Any] = {"type": "success"}
        if stop.reason == CANCELLED:
            outcome = {"type": "cancelled"}
        elif waiting := [call.id for call in self.calls.values() if not call.answered]:
            outcome["pendingToolCallIds"] = waiting
        fields = f'"RUN_FINISHED",{self._run},"outcome":{dumps(outcome).decode()}'
        return _frame(fields + _count(usage))

    def failure(self, failure: Failure) -> str:
        about = f'"message":{quote(failure.message)},"code":"{failure.kind}"'
        return _frame(f'"RUN_ERROR",{about}{_count(self.usage)}')


def _frame(fields: str) -> str:
    return f'data: {{"type":{fields}}}\n\n'


def _count(usage: Usage | None) -> str:
    if usage is None:
        return ""
    counts = {
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.input_tokens + usage.output_tokens,
        "cachedInputTokens": usage.cache_read_tokens,
        "cacheWriteInputTokens": usage.cache_write_tokens,
        "reasoningTokens": usage.reasoning_tokens,
    }
    return f',"usage":[{dumps(counts).decode()}]'
