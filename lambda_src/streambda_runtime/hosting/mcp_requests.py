"""What a request to an MCP server passes on its way to the SDK, and what its answer does.

The SDK's own checks come after it.
"""

from __future__ import annotations

import asyncio
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from .asgi import AsgiApp, Message

LISTEN = "subscriptions/listen"
MARGIN_S = 0.5  # before the function's timeout, for the last frame to arrive
_SENT = "streambda.sent"  # in the scope
# Tasks of the SDK that a notification passes before it is written: 1, and 5 for older clients.
_MOST_TURNS = 20
_MOST_HOSTS = 64  # names of a wildcard domain are the caller's choice
_NOT_ALLOWED: Message = {
    "type": "http.response.start",
    "status": 405,
    "headers": [(b"allow", b"POST"), (b"content-length", b"0")],
}


class Entrance:
    """What a request to an MCP server passes first. It learns the names of the endpoint."""

    def __init__(self, app: AsgiApp, security: Any, *, has_sessions: bool) -> None:
        self._app = app
        self._has_sessions = has_sessions
        self._security = security
        self._known: set[str] = set()
        self._given = len(security.allowed_hosts), len(security.allowed_origins)

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        # Older clients open a stream for messages outside of requests. Without sessions nothing
        # could ever be sent there, and it would be billed until the timeout.
        if scope["method"] == "GET" and not self._has_sessions:
            await send(_NOT_ALLOWED)
            await send({"type": "http.response.body"})
            return
        name = _read_domain(scope)
        if name not in self._known:
            self._learn(name, scope["scheme"])
        scope[_SENT] = sent = _Sent(send)
        await self._app(scope, receive, sent)

    def _learn(self, name: str, scheme: str) -> None:
        hosts, origins = self._security.allowed_hosts, self._security.allowed_origins
        if len(self._known) >= _MOST_HOSTS:
            self._known.clear()
            del hosts[self._given[0] :], origins[self._given[1] :]
        self._known.add(name)
        hosts += [name, f"{name}:*"]
        origins += [f"{scheme}://{name}", f"{scheme}://{name}:*"]


class _Sent:
    """`send` of one request. It counts what has been written."""

    __slots__ = ("_send", "count")

    def __init__(self, send: Callable[[Message], Awaitable[None]]) -> None:
        self._send = send
        self.count = 0

    async def __call__(self, message: Message) -> None:
        await self._send(message)
        self.count += message["type"] == "http.response.body"

    async def wait_for_more(self, count: int) -> None:
        """Lets other tasks run until more than `count` is written; not for long."""
        for _ in range(_MOST_TURNS):
            if self.count > count:
                return
            await asyncio.sleep(0)


class _PromptChannel:
    """The notifications of one request. They are written when the tool goes on.

    The SDK hands them to other tasks, which a tool that computes without `await` would hold up.
    """

    def __init__(self, channel: Any, sent: _Sent) -> None:
        self._channel = channel
        self._sent = sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    async def notify(self, method: str, params: Any, *options: Any) -> None:
        """Sends a notification."""
        count = self._sent.count
        await self._channel.notify(method, _mend(params), *options)
        await self._sent.wait_for_more(count)

    async def progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        """Sends one of progress, if the client has asked for it."""
        count = self._sent.count
        await self._channel.progress(progress, total, _mend(message))
        await self._sent.wait_for_more(count)


async def serve_in_time(ctx: Any, call_next: Callable[[Any], Awaitable[Any]]) -> Any:
    """Middleware of a server: notifications leave at once, and an error comes before the timeout.

    `subscriptions/listen` has an end of its own.
    """
    sent = getattr(ctx.request, "scope", {}).get(_SENT)
    if sent is not None:
        ctx.session._request_outbound = _PromptChannel(ctx.session._request_outbound, sent)
    has_own_end = ctx.request_id is None or ctx.method == LISTEN
    seconds = None if has_own_end else _find_seconds(ctx)
    if seconds is None:
        return await call_next(ctx)
    with import_module("anyio").move_on_after(seconds):
        return _mend(await call_next(ctx))
    types = import_module("mcp_types")
    message = f"{ctx.method} was ended {MARGIN_S:g} s before the timeout of the function"
    raise import_module("mcp.shared.exceptions").MCPError(types.REQUEST_TIMEOUT, message)


def _mend(value: Any) -> Any:
    """The same without halves of surrogate pairs, as a model's tokens may have them.

    They are not Unicode: older clients would get an answer without a body, others could not read
    it.
    """
    if isinstance(value, str):
        if value.isascii():
            return value
        try:
            value.encode()
        except UnicodeEncodeError:  # two halves beside each other are a pair
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value
    if isinstance(value, dict):
        return {key: _mend(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_mend(one) for one in value]
    return value


def end_listening(handler: Callable[[Any, Any], Awaitable[Any]]) -> Any:
    """A handler of `subscriptions/listen` whose streams end as the protocol wants it."""

    async def listen(ctx: Any, params: Any) -> Any:
        seconds = _find_seconds(ctx)
        if seconds is None:
            return await handler(ctx, params)
        with import_module("anyio").move_on_after(seconds):
            return await handler(ctx, params)
        key = import_module("mcp.server.subscriptions").SUBSCRIPTION_ID_META_KEY
        types = import_module("mcp_types")
        return types.SubscriptionsListenResult(_meta={key: ctx.request_id})

    return listen


def _find_seconds(ctx: Any) -> float | None:
    """The seconds that a request may take; None where it did not come from the runtime."""
    context = getattr(ctx.request, "scope", {}).get("aws.context")
    if context is None:
        return None
    left: int = context.get_remaining_time_in_millis()
    return max(0.0, left / 1000 - MARGIN_S)


def _read_domain(scope: dict[str, Any]) -> str:
    """The host name that the endpoint was reached by, as AWS tells it: no caller can choose it."""
    event = scope.get("aws.event")
    context = event.get("requestContext") if isinstance(event, dict) else None
    name = context.get("domainName") if isinstance(context, dict) else None
    return str(name or scope["server"][0])
