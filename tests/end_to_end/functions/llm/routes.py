"""Where each client asks, and the stream that it gets."""

from collections.abc import Callable
from typing import Any

from streambda_runtime.llm import (
    ag_ui,
    anthropic_messages,
    chat_completions,
    responses,
    ui_messages,
)

Frames = Callable[[Any], Any]


def read_chat(body: Any) -> tuple[str, Frames]:
    usage = body.get("stream_options", {}).get("include_usage", False)
    frames = lambda events: chat_completions.frames(  # noqa: E731
        events, model=body["model"], include_usage=usage
    )
    return body["messages"][-1]["content"], frames


def read_response(body: Any) -> tuple[str, Frames]:
    return body["input"], lambda events: responses.frames(events, model=body["model"])


def read_message(body: Any) -> tuple[str, Frames]:
    frames = lambda events: anthropic_messages.frames(events, model=body["model"])  # noqa: E731
    return body["messages"][-1]["content"], frames


def read_ui_messages(body: Any) -> tuple[str, Frames]:
    return body["messages"][-1]["parts"][-1]["text"], ui_messages.frames


def read_run(body: Any) -> tuple[str, Frames]:
    run = {"thread_id": body["threadId"], "run_id": body["runId"]}
    return body["messages"][-1]["content"], lambda events: ag_ui.frames(events, **run)


ROUTES: dict[str, tuple[Callable[[Any], tuple[str, Frames]], dict[str, str]]] = {
    "/v1/chat/completions": (read_chat, chat_completions.HEADERS),
    "/v1/responses": (read_response, responses.HEADERS),
    "/v1/messages": (read_message, anthropic_messages.HEADERS),
    "/api/chat": (read_ui_messages, ui_messages.HEADERS),
    "/agent": (read_run, ag_ui.HEADERS),
}
