"""Seconds that the frames of many tokens take: ours, and those of the providers' own models.

A provider's model is what its official package has for one token; it is made for each token, and
dumped to JSON within a server-sent event. That is what a server does that uses the package.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from streambda_runtime.llm import (
    ag_ui,
    anthropic_messages,
    chat_completions,
    responses,
    ui_messages,
)

Frames = Callable[[Iterator[str]], Iterator[bytes]]

TOKENS = ("The", " quick", " brown", " fox", " jumps", " over", " the", " lazy", " dog", ".")


def make_tokens(count: int) -> Iterator[str]:
    """Tokens as a tokenizer gives them."""
    for _ in range(count // len(TOKENS)):
        yield from TOKENS


OURS: dict[str, Frames] = {
    "chat_completions": lambda events: chat_completions.frames(events, model="m"),
    "responses": lambda events: responses.frames(events, model="m"),
    "anthropic_messages": lambda events: anthropic_messages.frames(events, model="m"),
    "ui_messages": ui_messages.frames,
    "ag_ui": lambda events: ag_ui.frames(events, thread_id="t", run_id="r"),
}


def _chat_models(events: Iterator[str]) -> Iterator[bytes]:
    from openai.types.chat import ChatCompletionChunk
    from openai.types.chat.chat_completion_chunk import Choice, ChoiceDelta

    for text in events:
        chunk = ChatCompletionChunk(
            id="chatcmpl-1",
            object="chat.completion.chunk",
            created=1,
            model="m",
            choices=[Choice(index=0, delta=ChoiceDelta(content=text), finish_reason=None)],
        )
        yield f"data: {chunk.model_dump_json(exclude_unset=True)}\n\n".encode()


def _response_models(events: Iterator[str]) -> Iterator[bytes]:
    from openai.types.responses import ResponseTextDeltaEvent

    for number, text in enumerate(events):
        event = ResponseTextDeltaEvent(
            type="response.output_text.delta",
            sequence_number=number,
            item_id="msg_1",
            output_index=0,
            content_index=0,
            delta=text,
            logprobs=[],
        )
        yield f"event: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()


def _message_models(events: Iterator[str]) -> Iterator[bytes]:
    from anthropic.types import RawContentBlockDeltaEvent, TextDelta

    for text in events:
        event = RawContentBlockDeltaEvent(
            type="content_block_delta", index=0, delta=TextDelta(type="text_delta", text=text)
        )
        yield f"event: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()


def _run_models(events: Iterator[str]) -> Iterator[bytes]:
    from ag_ui.core import TextMessageContentEvent
    from ag_ui.encoder import EventEncoder

    encoder = EventEncoder()
    for text in events:
        event = TextMessageContentEvent(message_id="msg_1", delta=text)
        yield encoder.encode(event).encode()


# The AI SDK has no package for Python.
MODELS: dict[str, Frames] = {
    "chat_completions": _chat_models,
    "responses": _response_models,
    "anthropic_messages": _message_models,
    "ag_ui": _run_models,
}


def measure(make: Frames, count: int) -> float:
    """Seconds for the frames of `count` tokens."""
    started = time.perf_counter()
    frames = sum(1 for _ in make(make_tokens(count)))
    seconds = time.perf_counter() - started
    assert frames >= count, f"{frames} frames of {count} tokens"
    return seconds


def run_rounds(count: int, repeats: int) -> dict[tuple[str, Any], list[float]]:
    """Each protocol, ours and the models' in turns: seconds by (protocol, "ours" or "models")."""
    found: dict[tuple[str, Any], list[float]] = {}
    for _ in range(repeats):
        for who, makers in (("ours", OURS), ("models", MODELS)):
            for protocol, make in makers.items():
                measure(make, len(TOKENS))  # imports, and the first model, are not counted
                found.setdefault((protocol, who), []).append(measure(make, count))
    return found
