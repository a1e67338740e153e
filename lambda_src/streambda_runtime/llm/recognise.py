"""Which provider an event is from, recognised by its fields: no provider is imported."""

from __future__ import annotations

from .fields import get

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Protocol

    from .events import Event

    class Translator(Protocol):
        """From a provider's events to ours. One belongs to one stream."""

        def translate(self, event: Any) -> Iterable[str | Event]:
            """What an event of the provider says; nothing for one that has no meaning here."""

        def finish(self) -> Iterable[str | Event]:
            """What was held back until the end of the stream."""

    _Class = type[Translator]


_BEDROCK = frozenset(
    ("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop",
     "metadata", "internalServerException", "modelStreamErrorException", "validationException",
     "throttlingException", "serviceUnavailableException")
)  # fmt: skip
_ANTHROPIC = frozenset(
    ("message_start", "content_block_start", "content_block_delta", "content_block_stop",
     "message_delta", "message_stop", "ping",
     # Of the client's own helper, `messages.stream()`: each says again what an event has said.
     "text", "thinking", "signature", "citation", "input_json", "compaction", "redacted_thinking")
)  # fmt: skip


def recognise(item: Any) -> _Class:
    """The translator for events of this kind. Raises TypeError if there is none."""
    if isinstance(item, dict) and len(item) == 1 and not _BEDROCK.isdisjoint(item):
        from .bedrock_events import BedrockEvents

        return BedrockEvents
    if get(item, "object") == "chat.completion.chunk":
        from .openai_chat_events import ChatEvents

        return ChatEvents
    name = get(item, "type")
    if isinstance(name, str):
        return _recognise_type(item, name)
    raise _unknown(item)


def _recognise_type(item: Any, name: str) -> _Class:
    if name.startswith("response.") or (name == "error" and get(item, "error") is None):
        from .openai_response_events import ResponseEvents

        return ResponseEvents
    if name in _ANTHROPIC or name == "error":
        from .anthropic_events import AnthropicEvents

        return AnthropicEvents
    # Of the helper `chat.completions.stream()` of `openai`.
    if name == "chunk" or name.partition(".")[0] in (
        "content",
        "refusal",
        "tool_calls",
        "logprobs",
    ):
        from .openai_chat_events import ChatEvents

        return ChatEvents
    raise _unknown(item)


def _unknown(item: Any) -> TypeError:
    text = repr(item)
    shown = text if len(text) <= 60 else text[:57] + "..."
    return TypeError(
        f"the model's stream gave {shown} of type {type(item).__name__}, expected a str, bytes, an"
        " event of streambda_runtime.llm, or an event of Bedrock's ConverseStream, openai or"
        " anthropic"
    )
