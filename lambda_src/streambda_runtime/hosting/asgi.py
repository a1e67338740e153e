"""ASGI applications (HTTP, specification 2.5): https://asgi.readthedocs.io/en/latest/specs/www.html

An event becomes a scope, and what the app sends is written straight through: no queue and no task
a request. All requests and the lifespan run on the environment's one event loop.
"""

from __future__ import annotations

import asyncio

from ..aio import event_loop
from ..aio.response_stream import AsyncResponseStream
from ..connection import EarlyAnswer
from ..errors import INVALID_RESPONSE, RuntimeFault
from ..exchange import REFUSED, log_failure
from ..replies import Reply, break_off
from ..response import HttpMetadata
from ..runtime_api import check_early_answer
from .lifespan import Lifespan
from .web_app import WebAppHandler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Any

    from ..exchange import Exchange, Outgoing
    from ..handlers import Handler
    from ..http11 import Data
    from ..invocation import Context
    from .http_request import HttpRequest

    Message = dict[str, Any]
    AsgiApp = Callable[
        [dict[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
        Awaitable[None],
    ]

_VERSIONS = {"version": "3.0", "spec_version": "2.5"}


class ClientGone(OSError):
    """The response can take no more: the Runtime API has ended it from its side."""


class AsgiHandler(WebAppHandler):
    """A handler that serves an ASGI application. Made by `asgi`, or for `_HANDLER=main.app`."""

    wrapper = "asgi"
    is_async = True

    _lifespan: Lifespan | None = None

    def start(self) -> None:
        """Runs the app's startup, once. Raises RuntimeFault with the app's own reason."""
        if self._lifespan is None:
            self._lifespan = Lifespan(self.app, self.name)
            self._lifespan.start()

    async def start_on_loop(self) -> None:
        """As `start`, on the event loop that runs; others that come meanwhile wait for it."""
        if self._lifespan is None:
            self._lifespan = Lifespan(self.app, self.name)
        await self._lifespan.start_on_loop()

    def make_reply(self, request: HttpRequest, event: Any, context: Context) -> AsgiReply:
        """What the app answers to a request, which is still to be made."""
        return AsgiReply(self, request, event, context)

    async def run(self, request: HttpRequest, event: Any, context: Any, cycle: _Cycle) -> None:
        """One request, until the app returns."""
        state = {} if self._lifespan is None else self._lifespan.state.copy()
        scope = {
            "type": "http",
            "asgi": _VERSIONS,
            "http_version": request.http_version,
            "method": request.method,
            "scheme": request.scheme,
            "path": request.path.decode("utf-8", "replace"),
            "raw_path": request.raw_path,
            "query_string": request.query,
            "root_path": request.root_path,
            "headers": request.headers,
            "client": request.client,
            "server": request.server,
            "state": state,
            "extensions": {},
            "aws.event": event,
            "aws.context": context,
        }
        await self.app(scope, cycle.receive, cycle.send)


class AsgiReply(Reply):
    """What the app answers to one request."""

    __slots__ = ("_context", "_event", "_handler", "_request")

    def __init__(
        self, handler: AsgiHandler, request: HttpRequest, event: Any, context: Context
    ) -> None:
        self._handler = handler
        self._request = request
        self._event = event
        self._context = context

    def send(self, exchange: Exchange) -> None:
        """Calls the app, which sends; returns when it has returned, background work included."""
        self._handler.start()
        event_loop.run(self._serve(exchange), exchange.variables)

    async def serve_on_loop(self, exchange: Exchange) -> None:
        """As `send`, on the event loop that runs."""
        await self._handler.start_on_loop()
        await self._serve(exchange)

    async def _serve(self, exchange: Exchange) -> None:
        cycle = _Cycle(exchange, self._request.body, self._handler)
        try:
            await self._handler.run(self._request, self._event, self._context, cycle)
        except BaseException as error:
            await cycle.fail(event_loop.interruption or error)
        else:
            await cycle.finish()


class _Cycle:
    """One request and its response: `receive` and `send` of the app."""

    __slots__ = (
        "_body", "_done", "_ended", "_exchange", "_handler", "_has_body", "_last", "_metadata",
        "_out", "_over", "_received",
    )  # fmt: skip

    def __init__(self, exchange: Exchange, body: bytes, handler: AsgiHandler) -> None:
        self._exchange = exchange
        self._handler = handler
        self._body = body
        self._received = False
        self._done: asyncio.Event | None = None  # set when the response is over, if anyone waits
        self._metadata: HttpMetadata | None = None  # from http.response.start on
        self._out: Outgoing | None = None  # from the first http.response.body on
        self._has_body = True  # False where HTTP has none
        self._last: Data = b""
        self._ended = False  # nothing more can be sent
        self._over = False  # and all has left

    async def receive(self) -> Message:
        """The request with its whole body; after that, http.disconnect once the response ended."""
        if not self._received:
            self._received = True
            body, self._body = self._body, b""
            return {"type": "http.request", "body": body, "more_body": False}
        await self._wait_until_over()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Sends a part of the response; returns when the peer has taken it.

        Raises RuntimeFault for a message that is not allowed now, ClientGone when the response was
        ended from the other side.
        """
        kind = message.get("type")
        if self._ended:
            raise self._invalid(f"{kind!r} after the end of the response")
        if self._metadata is None:
            if kind != "http.response.start":
                raise self._invalid(f"{kind!r}, expected 'http.response.start' first")
            self._start(message)
        elif kind != "http.response.body":
            raise self._invalid(f"{kind!r}, expected 'http.response.body'")
        else:
            body: Data = message.get("body", b"")
            if not isinstance(body, (bytes, bytearray, memoryview)):
                raise self._invalid(f"a body of type {type(body).__name__}, expected bytes")
            try:  # one call a chunk: that is what a stream of small ones costs
                if self._out is None:
                    await self._open(self._metadata, body)
                elif body and self._has_body:
                    await self._out.put(body)
                if body:
                    self._last = body
                if not message.get("more_body", False) and self._out is not None:
                    await self._end(self._out)
            except EarlyAnswer as early:
                self._exchange.outcome = REFUSED
                raise ClientGone("the response was ended from the other side") from early

    async def fail(self, error: BaseException) -> None:
        """The app has raised."""
        if self._ended:
            await self._wait_until_over()
            log_failure(error)
            return
        self._ended = True
        try:
            await self._report(error)
        finally:
            self._set_over()

    async def _report(self, error: BaseException) -> None:
        if isinstance(error, ClientGone) and isinstance(error.__cause__, EarlyAnswer):
            check_early_answer(error.__cause__)
        elif self._out is None or self._metadata is None:
            self._exchange.fail(error)
        else:
            await break_off(self._exchange, self._out, self._metadata, self._last, error)

    async def finish(self) -> None:
        """The app has returned."""
        if self._ended:
            await self._wait_until_over()  # a task of its own may still be in `send`
        else:
            what = "without answering" if self._metadata is None else "before the response ended"
            await self.fail(RuntimeFault(INVALID_RESPONSE, f"{self._handler.name} returned {what}"))

    def _start(self, message: Message) -> None:
        # The response is opened with its first body: until then an error is still a real 5xx.
        headers = [(_decode(name), _decode(value)) for name, value in message.get("headers") or ()]
        metadata = HttpMetadata(message.get("status", 0), headers)
        self._handler.check_metadata(metadata)
        self._metadata = metadata

    async def _open(self, metadata: HttpMetadata, body: Data) -> None:
        if self._handler.is_error(metadata.status_code, self._exchange):
            self._refuse(metadata.status_code)
            return
        self._has_body = self._exchange.allows_body(metadata)
        first = body if self._has_body else b""
        stream, opening = self._exchange.open(metadata, first, text=False)
        self._out = stream.adapt(AsyncResponseStream)
        await self._out.put(opening)

    def _refuse(self, status: int) -> None:
        """A status that counts as a failed invocation: its body is dropped."""
        self._ended = True
        self._set_over()
        self._exchange.fail(self._handler.make_status_fault(status))

    async def _end(self, out: Outgoing) -> None:
        # Over only when the Runtime API has answered: many apps cancel the task that sends as soon
        # as `receive` says that the client has gone.
        self._ended = True
        try:
            await self._exchange.end(out)
        finally:
            self._set_over()

    def _set_over(self) -> None:
        self._over = True
        if self._done is not None:
            self._done.set()

    async def _wait_until_over(self) -> None:
        if not self._over:
            if self._done is None:
                self._done = asyncio.Event()
            await self._done.wait()

    def _invalid(self, what: str) -> RuntimeFault:
        return RuntimeFault(INVALID_RESPONSE, f"{self._handler.name} sent {what}")


def _decode(text: bytes) -> str:
    """Header bytes as text: UTF-8 where it is, for it becomes UTF-8 again on its way."""
    if not isinstance(text, (bytes, bytearray, memoryview)):
        return text  # against the specification: a str is taken, what else it is is refused
    try:
        return bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return bytes(text).decode("latin-1")


def asgi(
    app: AsgiApp,
    *,
    base_path: str = "",
    error_statuses: Iterable[int] = (),
    events: Handler | str | None = None,
) -> AsgiHandler:
    """A handler that serves an ASGI application, as `_HANDLER=main.app` does without options.

    `base_path`: of a custom domain's mapping; requests below it have it as their `root_path`.
    `error_statuses`: statuses that count as failed invocations; the caller then gets 502.
    `events`: the handler of events that are not HTTP requests, or the path that they are posted to
    as JSON. Without one they are an error. Raises ValueError for what is not a path.
    """
    return AsgiHandler(app, base_path=base_path, error_statuses=error_statuses, events=events)
