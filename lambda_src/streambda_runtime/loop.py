"""The path: next -> event -> handler -> reply -> Runtime API -> next."""

from __future__ import annotations

import os

from .async_calls import await_result, close_event_loop
from .exchange import COMPLETE, DEADLINE, Exchange
from .handlers import read_result
from .http_event import read_http_event
from .logs import begin_invocation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .exchange import InvocationSource, ResponseSink
    from .handlers import Handler
    from .invocation import Invocation
    from .platform.metrics import Metrics


def run(
    source: InvocationSource, sink: ResponseSink, handler: Handler, metrics: Metrics | None = None
) -> None:
    """Serves invocations until the Runtime API fails (RuntimeApiError) or the handler exits."""
    try:
        while True:
            serve(sink, handler, source.next(), metrics)
    finally:
        close_event_loop()


def serve(
    sink: ResponseSink, handler: Handler, invocation: Invocation, metrics: Metrics | None = None
) -> None:
    """One invocation, from its event to the acknowledgement of its response."""
    begin_invocation(invocation.context)
    exchange = Exchange(sink, invocation)
    if metrics is None:
        _serve(exchange, handler, invocation)
        return
    exchange.meter = metrics.meter(invocation.context)
    try:
        _serve(exchange, handler, invocation)
    finally:
        at_deadline = invocation.context.stopped_before_deadline and exchange.outcome == COMPLETE
        exchange.meter.end(DEADLINE if at_deadline else exchange.outcome)


def _serve(exchange: Exchange, handler: Handler, invocation: Invocation) -> None:
    if invocation.trace_id is not None:
        os.environ["_X_AMZN_TRACE_ID"] = invocation.trace_id  # where the X-Ray SDK looks
    try:
        event = invocation.event()
        exchange.http_event = read_http_event(event)
        result = await_result(handler(event, invocation.context))
        reply = read_result(result, exchange.http_event)
    except BaseException as error:
        exchange.fail(error)
        return
    reply.send(exchange)
