"""One route for each protocol: what comes in, who answers, and what goes out.

`answer` is all of it, and knows no server: main.py and plain.py call it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conversation import Refused, check_model, parse, read_messages
from model import MODEL, ask

from streambda_runtime import SSE_HEARTBEAT, Context, heartbeat, stop_before_deadline
from streambda_runtime.llm import (
    Failure,
    ag_ui,
    anthropic_messages,
    chat_completions,
    responses,
    ui_messages,
)
from streambda_runtime.llm.failures import explain

Body = dict[str, Any]
Frames = Callable[[Any], Iterable[bytes]]
JSON = {"content-type": "application/json"}
PAGE = Path(__file__).with_name("page.html").read_bytes()
HTML = {"content-type": "text/html; charset=utf-8"}
ANTHROPIC_VERSIONS = ("2023-06-01", "2026-10-21")  # what they stream is the same
LATE = Failure("the model did not answer in time", "timeout")


@dataclass(frozen=True)
class Answer:
    """A response: `content` is a body or a stream of frames."""

    content: bytes | Iterable[bytes]
    headers: Mapping[str, str]
    status: int = 200


@dataclass(frozen=True)
class Route:
    """A protocol: its module, and what the body of a request says."""

    protocol: Any
    read: Callable[[Body, Mapping[str, str]], tuple[Any, Frames]]


def read_chat(body: Body, headers: Mapping[str, str]) -> tuple[Any, Frames]:
    need_stream(body)
    model, options = check_model(body, MODEL), body.get("stream_options") or {}
    usage = bool(options.get("include_usage"))
    return body.get("messages"), lambda events: chat_completions.frames(
        events, model=model, include_usage=usage
    )


def read_response(body: Body, headers: Mapping[str, str]) -> tuple[Any, Frames]:
    need_stream(body)
    model = check_model(body, MODEL)
    fields = {name: body[name] for name in ("instructions", "metadata") if name in body}
    return body.get("input"), lambda events: responses.frames(events, model=model, fields=fields)


def read_message(body: Body, headers: Mapping[str, str]) -> tuple[Any, Frames]:
    version = headers.get("anthropic-version")
    if version not in ANTHROPIC_VERSIONS:
        raise Refused(
            f"anthropic-version is {version!r}, expected {' or '.join(ANTHROPIC_VERSIONS)}"
        )
    need_stream(body)
    model = check_model(body, MODEL)
    return body.get("messages"), lambda events: anthropic_messages.frames(events, model=model)


def read_ui_messages(body: Body, headers: Mapping[str, str]) -> tuple[Any, Frames]:
    return body.get("messages"), ui_messages.frames


def read_run(body: Body, headers: Mapping[str, str]) -> tuple[Any, Frames]:
    # A client of a later protocol is served too: AG-UI says so, and our version is in the stream.
    ids = {"thread_id": body.get("threadId"), "run_id": body.get("runId")}
    if not all(isinstance(id, str) for id in ids.values()):
        raise Refused("threadId and runId are missing, expected strings")
    return body.get("messages"), lambda events: ag_ui.frames(events, **ids)  # type: ignore[call-overload,no-any-return]


ROUTES = {
    "/v1/chat/completions": Route(chat_completions, read_chat),
    "/v1/responses": Route(responses, read_response),
    "/v1/messages": Route(anthropic_messages, read_message),
    "/api/chat": Route(ui_messages, read_ui_messages),
    "/agent": Route(ag_ui, read_run),
}


def need_stream(body: Body) -> None:
    if body.get("stream") is not True:
        raise Refused("stream is not true, and this server only streams")


def answer(path: str, headers: Mapping[str, str], body: bytes, context: Context | None) -> Answer:
    """The answer to a POST. It blocks until the model has accepted the conversation."""
    route = ROUTES[path]
    try:
        messages, frames = route.read(parse(body), headers)
        events = ask(read_messages(messages))
    except Refused as refused:
        return refuse(route, refused.failure)
    except Exception as error:  # the model's own client's
        print(f"{type(error).__name__}: {error}")  # noqa: T201  (the log)
        return refuse(route, explain(error))
    if context is not None:
        events = stop_before_deadline(events, 2, context=context, last=LATE)
    # A REST API, and what is between, cut a stream that is silent for long.
    return Answer(heartbeat(frames(events), 15, SSE_HEARTBEAT), route.protocol.HEADERS)


def refuse(route: Route, failure: Failure) -> Answer:
    body = route.protocol.error_body(failure)
    headers = {"content-type": "text/plain"} if route.protocol is ui_messages else JSON
    return Answer(body, headers, failure.status_code)
