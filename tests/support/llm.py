"""The protocols of `streambda_runtime.llm`, called alike, and what a client reads of a stream."""

import json
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from functools import partial
from typing import Any

from streambda_runtime.llm import (
    ag_ui,
    anthropic_messages,
    chat_completions,
    responses,
    ui_messages,
)

MODULES = {
    "chat_completions": chat_completions,
    "responses": responses,
    "anthropic_messages": anthropic_messages,
    "ui_messages": ui_messages,
    "ag_ui": ag_ui,
}
# With all that is made at random otherwise.
PROTOCOLS: dict[str, Callable[..., Any]] = {
    "chat_completions": partial(
        chat_completions.frames, model="m", id="chatcmpl-1", created=1, include_usage=True
    ),
    "responses": partial(responses.frames, model="m", id="resp_1", created_at=1),
    "anthropic_messages": partial(anthropic_messages.frames, model="m", id="msg_1"),
    "ui_messages": partial(ui_messages.frames, message_id="1"),
    "ag_ui": partial(ag_ui.frames, thread_id="t", run_id="r", message_id="msg"),
}
DONE = "[DONE]"


def read(protocol: str, events: Iterable[Any], **options: Any) -> list[Any]:
    """What a client reads: the data of each frame, as JSON values, and perhaps DONE."""
    return parse(b"".join(PROTOCOLS[protocol](events, **options)))


def parse(stream: bytes) -> list[Any]:
    """The data of each server-sent event. An event's name must be the type in its data."""
    frames = stream.decode().split("\n\n")
    assert frames.pop() == ""
    return [_parse_frame(frame) for frame in frames]


def _parse_frame(frame: str) -> Any:
    *names, data = frame.split("\n")
    text = data.removeprefix("data: ")
    value: Any = DONE if text == DONE else json.loads(text)
    assert [f"event: {value['type']}"] == names if names else True, frame
    return value


async def later(events: Iterable[Any]) -> AsyncIterator[Any]:
    """The same events as an async iterable."""
    for event in events:
        yield event


async def collect(source: AsyncIterable[bytes]) -> list[bytes]:
    return [item async for item in source]
