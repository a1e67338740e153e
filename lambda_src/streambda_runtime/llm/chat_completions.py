r"""OpenAI's chat completions, as the client `openai` reads them.

https://platform.openai.com/docs/api-reference/chat-streaming
Each frame is `data: {chunk}`, and the last one is `data: [DONE]`. What is data with an `error`
object makes clients raise an API error. There is no place for reasoning, for the results of tools
and for data of an application's own: they are left out.
"""

from __future__ import annotations

from ..json_codec import dumps, quote
from .encoder import Call, Encoder
from .events import CONTENT_FILTER, LENGTH, REFUSAL, STOP, STOP_SEQUENCE, TOOL_CALLS, Failure, Stop
from .ids import make_id, now
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
DONE = "data: [DONE]\n\n"

_REASONS = {
    STOP: "stop",
    STOP_SEQUENCE: "stop",
    LENGTH: "length",
    TOOL_CALLS: "tool_calls",
    CONTENT_FILTER: "content_filter",
    REFUSAL: "content_filter",
}
# Kind of failure -> `type` and `code` of OpenAI's errors.
# https://platform.openai.com/docs/guides/error-codes
_ERRORS = {
    "invalid_request": ("invalid_request_error", None),
    "authentication": ("invalid_request_error", "invalid_api_key"),
    "permission": ("invalid_request_error", "permission_denied"),
    "not_found": ("invalid_request_error", "model_not_found"),
    "request_too_large": ("invalid_request_error", "request_too_large"),
    "rate_limit": ("rate_limit_error", "rate_limit_exceeded"),
    "timeout": ("server_error", "timeout"),
    "overloaded": ("server_error", "overloaded"),
}


@overload
def frames(
    events: AsyncIterable[Any],
    *,
    model: str,
    include_usage: bool = ...,
    id: str | None = ...,
    created: int | None = ...,
    errors: Explain | None = ...,
) -> AsyncIterator[bytes]: ...
@overload
def frames(
    events: Iterable[Any],
    *,
    model: str,
    include_usage: bool = ...,
    id: str | None = ...,
    created: int | None = ...,
    errors: Explain | None = ...,
) -> Iterator[bytes]: ...
def frames(
    events: Any,
    *,
    model: str,
    include_usage: bool = False,
    id: str | None = None,
    created: int | None = None,
    errors: Explain | None = None,
) -> Any:
    """The stream of a chat completion; send it with the status 200 and HEADERS.

    `events`: str, events of this package, or a provider's own. `include_usage`: what the request
    has in `stream_options`, default False. `id` and `created` (seconds since 1970) are made if they
    are missing. `errors` says what the client is told of an exception, by default
    `failures.explain`. Raises TypeError for events that cannot be iterated.
    """
    head = {
        "id": id or make_id("chatcmpl-"),
        "object": "chat.completion.chunk",
        "created": now() if created is None else created,
        "model": model,
    }
    return encode_stream(events, _ChatEncoder(head, include_usage), errors)


def error_body(failure: Failure) -> bytes:
    """The JSON document of an answer with the status `failure.status_code`."""
    return dumps({"error": _describe(failure)})


def _describe(failure: Failure) -> dict[str, Any]:
    type, code = _ERRORS.get(failure.kind, ("server_error", None))
    return {"message": failure.message, "type": type, "param": None, "code": code}


class _ChatEncoder(Encoder):
    def __init__(self, head: dict[str, Any], include_usage: bool) -> None:
        super().__init__()
        self._head = dumps(head).decode()[:-1]
        self._with_usage = include_usage
        self._start = f'data: {self._head},"choices":[{{"index":0,"delta":{{'
        usage = ',"usage":null' if include_usage else ""
        self.after = f'}},"logprobs":null,"finish_reason":null}}]{usage}}}\n\n'
        self.before = f'{self._start}"content":'

    def begin(self) -> str:
        return f'{self._start}"role":"assistant","content":""{self.after}'

    def reasoning(self, text: str) -> str:
        return ""

    def open_tool(self, call: Call) -> str:
        function = f'{{"name":{quote(call.name)},"arguments":""}}'
        about = f'"index":{call.index},"id":{quote(call.id)},"type":"function"'
        return self._call_frame(f'{about},"function":{function}')

    def tool_delta(self, call: Call, arguments: str) -> str:
        return self._call_frame(
            f'"index":{call.index},"function":{{"arguments":{quote(arguments)}}}'
        )

    def _call_frame(self, fields: str) -> str:
        return f'{self._start}"tool_calls":[{{{fields}}}]{self.after}'

    def finish(self, stop: Stop, usage: Usage | None) -> str:
        reason = quote(_REASONS.get(stop.reason, "stop"))
        after = self.after.replace('"finish_reason":null', f'"finish_reason":{reason}')
        return f"{self._start}{after}{self._count(usage)}{DONE}"

    def _count(self, usage: Usage | None) -> str:
        if not self._with_usage or usage is None:
            return ""
        counts = {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.input_tokens + usage.output_tokens,
            "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        }
        return f'data: {self._head},"choices":[],"usage":{dumps(counts).decode()}}}\n\n'

    def failure(self, failure: Failure) -> str:
        return f"data: {error_body(failure).decode()}\n\n{DONE}"
