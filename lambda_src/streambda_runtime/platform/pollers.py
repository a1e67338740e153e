"""Many invocations at once on one event loop, each by a poller of its own.

For async handlers in a Managed Instance: a stream that waits costs a task there, and no process.
Each poller has a connection, and each invocation a task with context variables of its own.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-execution-environment.html
"""

from __future__ import annotations

import asyncio
import sys
from _contextvars import ContextVar, copy_context

from .. import logs
from ..aio import event_loop
from ..aio.response_stream import AsyncResponseStream
from ..aio.runtime_api import AsyncRuntimeApi
from ..aio.source import AsyncChunkSource
from ..chunks import WHOLE, close_first
from ..errors import RuntimeApiError
from ..exchange import ENDS_THE_PROCESS, Exchange, log_failure
from ..handlers import read_result
from ..http_event import read_http_event
from ..loop import end_meter
from ..replies import StreamReply, WholeReply, deliver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Any, TypeVar

    from ..handlers import Handler
    from ..invocation import Context, Invocation
    from ..replies import Reply
    from .metrics import Metrics

    T = TypeVar("T")

_context: ContextVar[Context | None] = ContextVar("streambda_context", default=None)


def run(address: str, handler: Handler, count: int, metrics: Metrics | None = None) -> None:
    """Serves up to `count` invocations at once until the Runtime API has gone (RuntimeApiError)."""
    logs.find_invocations(_context.get)
    pollers = [_Poller(address, handler, metrics) for _ in range(count)]
    try:
        event_loop.run(_poll(pollers), copy_context())
    finally:
        event_loop.close()


async def _poll(pollers: list[_Poller]) -> None:
    # One that fails leaves the others alone, which may be in the middle of a response.
    polling = (poller.poll() for poller in pollers)
    results = await asyncio.gather(*polling, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


class _Poller:
    """Asks for an invocation, serves it, and asks for the next."""

    __slots__ = ("_api", "_handler", "_metrics")

    def __init__(self, address: str, handler: Handler, metrics: Metrics | None) -> None:
        self._api = AsyncRuntimeApi(address)
        self._handler = handler
        self._metrics = metrics

    async def poll(self) -> None:
        """Returns when the process is to end. Raises RuntimeApiError."""
        try:
            while event_loop.interruption is None:
                await self._serve(await self._api.next_on_loop())
        finally:
            self._api.close()

    async def _serve(self, invocation: Invocation) -> None:
        exchange = LoopExchange(self._api, invocation)
        variables = exchange.variables
        variables.run(_context.set, invocation.context)
        if self._metrics is not None:
            exchange.meter = self._metrics.meter(invocation.context)
        serving = asyncio.get_running_loop().create_task(
            _serve(exchange, self._handler, invocation), context=variables
        )
        event_loop.contexts[serving] = variables
        try:
            await serving
        except RuntimeApiError as error:  # the others go on, and this one with the next
            logs.log(str(error))
            self._api.close()
        except ENDS_THE_PROCESS:
            pass  # the event loop has raised it already
        finally:
            del event_loop.contexts[serving]


class LoopExchange(Exchange):
    """An exchange whose invocation runs as a task, within its context variables."""

    __slots__ = ()

    def run(self, function: Callable[..., T], *args: object) -> T:
        """Calls a function: its task has entered the context variables."""
        return function(*args)

    async def respond_on_loop(self, payload: bytes) -> None:
        """As `respond`."""
        api = self._sink
        assert isinstance(api, AsyncRuntimeApi)
        self.note_response(await api.respond_on_loop(self.invocation, payload), payload)


async def _serve(exchange: LoopExchange, handler: Handler, invocation: Invocation) -> None:
    try:
        try:
            await _respond(exchange, handler, invocation)
        finally:
            logs.flush_streams()
            if exchange.meter is not None:
                end_meter(exchange.meter, exchange)
            # Only where a handler has asked for `after_invocation`.
            if (callbacks := sys.modules.get("streambda_runtime.callbacks")) is not None:
                await callbacks.run_callbacks_async(exchange)
    except ENDS_THE_PROCESS:
        if event_loop.interruption is None:
            raise  # else it ends already, and the others need the loop until then


async def _respond(exchange: LoopExchange, handler: Handler, invocation: Invocation) -> None:
    try:
        try:
            event = invocation.event()
            exchange.http_event = read_http_event(event)
            result = handler(event, invocation.context)
            if hasattr(result, "__await__"):
                result = await result
            exchange.check_process()
            reply = read_result(result, exchange.http_event)
        except BaseException as error:
            exchange.fail(event_loop.interruption or error)
        else:
            await _send(reply, exchange)
    except RuntimeApiError:
        raise
    except BaseException as error:
        exchange.abandon(event_loop.interruption or error)
    exchange.check_process()


async def _send(reply: Reply, exchange: LoopExchange) -> None:
    if isinstance(reply, WholeReply):
        await exchange.respond_on_loop(reply.payload)
    elif isinstance(reply, StreamReply):
        await _send_stream(reply, exchange)
    elif hasattr(reply, "serve_on_loop"):
        await reply.serve_on_loop(exchange)
    else:
        reply.send(exchange)  # a blocking one, such as a WSGI application's


async def _send_stream(reply: StreamReply, exchange: LoopExchange) -> None:
    response = reply.response
    is_async = hasattr(response.content, "__aiter__")
    make_source = AsyncChunkSource if is_async else _make_source
    complete = await deliver(exchange, response, make_source, AsyncResponseStream)
    if complete and response.background is not None:
        try:
            work: Any = response.background()
            if hasattr(work, "__await__"):
                await work
        except BaseException as error:
            log_failure(event_loop.interruption or error)


def _make_source(content: Any) -> AsyncChunkSource:
    return AsyncChunkSource(_iterate(content))


async def _iterate(content: Any) -> AsyncIterator[Any]:
    """A blocking source: what it does between two items, it does while all others wait."""
    items = iter((content,) if isinstance(content, WHOLE) else content)
    try:
        for item in items:
            yield item
            await asyncio.sleep(0)  # others have their turn, however fast it is
    finally:
        close_first(items, content)
