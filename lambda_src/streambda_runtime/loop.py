"""The path: next -> event -> handler -> chunks -> Runtime API -> next."""

from __future__ import annotations

import os

from . import async_calls, handlers, logs
from .chunks import Chunks
from .delivery import blocking, completed, deliver
from .exchange import Exchange, logged, obey
from .http_event import read_http_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .handlers import Handler
    from .invocation import Invocation
    from .platform.metrics import Metrics
    from .response import StreamingResponse
    from .runtime_api import RuntimeApi


def run(api: RuntimeApi, handler: Handler, metrics: Metrics | None = None) -> None:
    """Serves invocations until the Runtime API fails (RuntimeApiError) or the handler exits."""
    try:
        while True:
            serve(api, handler, api.next(), metrics)
    finally:
        async_calls.close_event_loop()


def serve(
    api: RuntimeApi, handler: Handler, invocation: Invocation, metrics: Metrics | None = None
) -> None:
    """One invocation, from its event to the acknowledgement of its response."""
    logs.begin(invocation.context)
    exchange = Exchange(api, invocation)
    if metrics is None:
        _serve(exchange, handler, invocation)
        return
    exchange.meter = metrics.meter(invocation.context)
    try:
        _serve(exchange, handler, invocation)
    finally:
        at_deadline = invocation.context.stopped_before_deadline and exchange.ended == "complete"
        exchange.meter.end("deadline" if at_deadline else exchange.ended)


def _serve(exchange: Exchange, handler: Handler, invocation: Invocation) -> None:
    if invocation.trace_id is not None:
        os.environ["_X_AMZN_TRACE_ID"] = invocation.trace_id  # where the X-Ray SDK looks
    try:
        event = invocation.event()
        exchange.http_event = read_http_event(event)
        result = async_calls.settled(handler(event, invocation.context))
        if isinstance(result, handlers.Written):
            response, payload = None, b""
        else:
            response = handlers.streamed(result, exchange.http_event)
            payload = handlers.document(result) if response is None else b""
    except BaseException as error:
        exchange.fail(error)
        return
    if response is not None:
        stream(exchange, response)
    elif isinstance(result, handlers.Written):
        from .writer import write_through  # which `streaming` has imported

        write_through(exchange, result)
    else:
        exchange.respond(payload)


def stream(exchange: Exchange, response: StreamingResponse) -> None:
    """Sends a response whose chunks come from an iterable or from an async iterable."""
    if hasattr(response.content, "__aiter__"):
        from .aio import event_loop

        complete = event_loop.run(
            deliver(exchange, response, event_loop.AsyncChunks, event_loop.asynchronous)
        )
    else:
        complete = completed(deliver(exchange, response, Chunks, blocking))
    if complete and response.background is not None:
        _afterwards(response.background)


def _afterwards(background: Callable[[], object]) -> None:
    try:
        async_calls.settled(background())
    except BaseException as error:
        logged(error)
        obey(error)
