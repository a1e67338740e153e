"""Microseconds from an event to the first chunk: the runtime's own code, without a socket.

The same tokens leave a plain generator, one with frames, a FastAPI route, and one with frames.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from streambda_runtime import StreamingResponse, asgi, sse, testing
from streambda_runtime.llm import chat_completions

TOKENS = ("The", " quick", " brown", " fox")
SSE = {"content-type": "text/event-stream"}


def plain(event: Any, context: Any) -> StreamingResponse:
    return StreamingResponse((sse(text) for text in TOKENS), headers=SSE)


def plain_frames(event: Any, context: Any) -> StreamingResponse:
    frames = chat_completions.frames(iter(TOKENS), model="m")
    return StreamingResponse(frames, headers=chat_completions.HEADERS)


async def tokens() -> AsyncIterator[str]:
    for text in TOKENS:
        yield text


def make_app() -> Any:
    """A FastAPI app with a route for each. Raises ModuleNotFoundError without FastAPI."""
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse as Streaming

    app = FastAPI()

    @app.post("/plain")
    async def serve_plain() -> Streaming:
        return Streaming((sse(text) async for text in tokens()), headers=SSE)

    @app.post("/frames")
    async def serve_frames() -> Streaming:
        frames = chat_completions.frames(tokens(), model="m")
        return Streaming(frames, headers=chat_completions.HEADERS)

    return asgi(app)  # type: ignore[arg-type]  # its scope is any mutable mapping


def subjects() -> dict[str, tuple[Callable[..., Any], str]]:
    """Name -> handler and path."""
    app = make_app()
    return {
        "generator": (plain, "/"),
        "generator + frames": (plain_frames, "/"),
        "FastAPI": (app, "/plain"),
        "FastAPI + frames": (app, "/frames"),
    }


def measure(handler: Callable[..., Any], path: str) -> float:
    """Microseconds to the first chunk of one invocation."""
    event = testing.http_event("POST", path)
    arrived: list[float] = []
    started = time.perf_counter()
    testing.run(handler, event, on_chunk=lambda _: arrived.append(time.perf_counter()))
    return (arrived[0] - started) * 1e6


def run_rounds(invocations: int) -> dict[str, list[float]]:
    """All subjects in turns."""
    found: dict[str, list[float]] = {}
    measured = subjects()
    for _ in _warm_and_count(invocations):
        for name, (handler, path) in measured.items():
            found.setdefault(name, []).append(measure(handler, path))
    return {name: values[len(values) // 5 :] for name, values in found.items()}


def _warm_and_count(invocations: int) -> Iterator[int]:
    """A fifth more than asked for; the first are left out."""
    yield from range(invocations + invocations // 4)
