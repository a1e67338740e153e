"""The path: next -> event -> handler -> reply -> Runtime API -> next."""

from __future__ import annotations

import os
import sys

from .async_calls import await_result, close_event_loop
from .errors import RuntimeApiError
from .exchange import COMPLETE, DEADLINE, Exchange
from .handlers import read_result
from .http_event import read_http_event
from .logs import begin_invocation, flush_streams, log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .exchange import InvocationSource, ResponseSink
    from .handlers import Handler
    from .invocation import Invocation
    from .platform.metrics import Meter, Metrics


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
    if metrics is not None:
        exchange.meter = metrics.meter(invocation.context)
    try:
        _serve(exchange, handler, invocation)
    finally:
        flush_streams()
        if exchange.meter is not None:
            end_meter(exchange.meter, exchange)
        # Only where a handler has asked for `after_invocation`.
        if (callbacks := sys.modules.get("streambda_runtime.callbacks")) is not None:
            callbacks.run_callbacks(exchange)


def end_meter(meter: Meter, exchange: Exchange) -> None:
    """Writes the line of metrics; the log may be broken, which is the function's own matter."""
    context = exchange.invocation.context
    at_deadline = context.stopped_before_deadline and exchange.outcome == COMPLETE
    try:
        meter.end(DEADLINE if at_deadline else exchange.outcome)
    except Exception as error:
        log(f"the metrics of this invocation are lost: {type(error).__name__}: {error}")


def _serve(exchange: Exchange, handler: Handler, invocation: Invocation) -> None:
    if invocation.trace_id is not None:
        os.environ["_X_AMZN_TRACE_ID"] = invocation.trace_id  # where the X-Ray SDK looks
    try:
        try:
            event = invocation.event()
            exchange.http_event = read_http_event(event)
            result = await_result(exchange.run(handler, event, invocation.context), exchange)
            exchange.check_process()
            reply = read_result(result, exchange.http_event)
        except BaseException as error:
            exchange.fail(error)
        else:
            reply.send(exchange)
    except RuntimeApiError:
        raise
    except BaseException as error:
        exchange.abandon(error)
    exchange.check_process()
