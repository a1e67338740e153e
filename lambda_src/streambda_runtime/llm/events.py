"""The events between models and protocols: what can happen while a model answers.

A str is a piece of the answer's text. All else is an object of one of these classes, and bytes are
a frame of the protocol itself, sent as it is.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Why a model has stopped.
STOP = "stop"  # it had said everything
LENGTH = "length"  # a limit of tokens
TOOL_CALLS = "tool_calls"  # it waits for the results of tools
STOP_SEQUENCE = "stop_sequence"
CONTENT_FILTER = "content_filter"  # a guardrail or a filter
REFUSAL = "refusal"  # the model's own
CANCELLED = "cancelled"  # somebody has stopped it
OTHER = "other"
REASONS = (STOP, LENGTH, TOOL_CALLS, STOP_SEQUENCE, CONTENT_FILTER, REFUSAL, CANCELLED, OTHER)

# What can go wrong -> the status of an answer that has not begun. The words and the statuses are
# Anthropic's: https://docs.claude.com/en/api/errors
STATUSES = {
    "invalid_request": 400,
    "authentication": 401,
    "permission": 403,
    "not_found": 404,
    "request_too_large": 413,
    "rate_limit": 429,
    "server_error": 500,
    "timeout": 504,
    "overloaded": 529,
}


class Event:
    """What all events have: they are equal when their values are, and show them."""

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and repr(other) == repr(self)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({values})"


class Reasoning(Event):
    """A piece of the model's reasoning; `signature` is the provider's proof of all of it."""

    __slots__ = ("signature", "text")

    def __init__(self, text: str, signature: str | None = None) -> None:
        self.text = text
        self.signature = signature


class ToolCallStart(Event):
    """The model calls a tool. `id` is one of a kind in the conversation."""

    __slots__ = ("id", "name")

    def __init__(self, id: str, name: str) -> None:
        self.id = id
        self.name = name


class ToolCallDelta(Event):
    """A piece of the JSON document of a call's arguments."""

    __slots__ = ("arguments", "id")

    def __init__(self, id: str, arguments: str) -> None:
        self.id = id
        self.arguments = arguments


class ToolCallEnd(Event):
    """The arguments of a call are complete. Without it they are when the answer ends."""

    __slots__ = ("id",)

    def __init__(self, id: str) -> None:
        self.id = id


class ToolCall(Event):
    """A whole call at once. `arguments`: a JSON value, or its JSON document as a str."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self, id: str, name: str, arguments: Any) -> None:
        self.id = id
        self.name = name
        self.arguments = arguments


class ToolResult(Event):
    """The result of a tool that ran here, a JSON value. `error`: it failed, see `output`."""

    __slots__ = ("error", "id", "output")

    def __init__(self, id: str, output: Any, *, error: bool = False) -> None:
        self.id = id
        self.output = output
        self.error = error


class Usage(Event):
    """Tokens of one call of a model; those of several calls are added up.

    `input_tokens` and `output_tokens` are totals. The others are parts of them: read from a cache,
    written to one, and spent on reasoning.
    """

    __slots__ = (
        "cache_read_tokens", "cache_write_tokens", "input_tokens", "output_tokens",
        "reasoning_tokens",
    )  # fmt: skip

    def __init__(
        self,
        input_tokens: int = 0,
        output_tokens: int = 0,
        *,
        cache_read_tokens: int = 0,
        cache_write_tokens: int = 0,
        reasoning_tokens: int = 0,
    ) -> None:
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens
        self.cache_read_tokens = cache_read_tokens
        self.cache_write_tokens = cache_write_tokens
        self.reasoning_tokens = reasoning_tokens

    def __add__(self, other: Usage) -> Usage:
        sums = {name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
        return Usage(**sums)


class Stop(Event):
    """Why the model has stopped: one of REASONS. `sequence` is the stop sequence that it met.

    The stream goes on: an agent may call its model again. It ends when its source ends. Raises
    ValueError for another reason.
    """

    __slots__ = ("reason", "sequence")

    def __init__(self, reason: str = STOP, sequence: str | None = None) -> None:
        if reason not in REASONS:
            raise ValueError(f"reason is {reason!r}, expected one of {', '.join(REASONS)}")
        self.reason = reason
        self.sequence = sequence


class Failure(Event):
    """An error, for the client. It ends the stream.

    `kind` is one of STATUSES, default "server_error"; `status_code` is the HTTP status for an
    answer that has not begun. Raises ValueError for another kind.
    """

    __slots__ = ("kind", "message")

    def __init__(self, message: str, kind: str = "server_error") -> None:
        if kind not in STATUSES:
            raise ValueError(f"kind is {kind!r}, expected one of {', '.join(STATUSES)}")
        self.message = message
        self.kind = kind

    @property
    def status_code(self) -> int:
        """The HTTP status of a response that has only this error."""
        return STATUSES[self.kind]


class Data(Event):
    """Something of your application's own: a name and a JSON value."""

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value
