"""MCP servers behind Lambda's endpoints: the app of the official SDK (mcp 2.x) or of FastMCP 4.

https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http

The SDK serves the protocol. Its defaults are those of one process on one machine; `McpSettings` has
what is right where many environments answer one client. The SDK is what the server was made with,
and is never imported before.
"""

from __future__ import annotations

from importlib import import_module

from ..aio import event_loop
from ..errors import STARTUP_FAILED, RuntimeFault
from .asgi import AsgiHandler
from .mcp_settings import McpSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ..handlers import Handler
    from .asgi import AsgiApp

PATH = "/mcp"
_EXPECTED = (
    "an MCPServer or a Server of the package mcp 2.x, a FastMCP of fastmcp 4, or the ASGI app for"
    " streamable HTTP that one of them makes"
)


class McpHandler(AsgiHandler):
    """A handler that serves an MCP server. Made by `mcp`."""

    wrapper = "mcp"

    def __init__(self, app: AsgiApp, settings: McpSettings, **options: Any) -> None:
        super().__init__(app, **options)
        self._settings = settings
        self._endpoints = list(_find_endpoints(app, set()))
        self._is_set_up = False
        if not self._endpoints:
            raise ValueError(f"mcp: no MCP server is found in {app!r}, expected {_EXPECTED}")

    def start(self) -> None:
        """As of every ASGI app; then the SDK's session managers exist, and are set up."""
        super().start()
        self._set_up()

    async def start_on_loop(self) -> None:
        await super().start_on_loop()
        self._set_up()

    def _set_up(self) -> None:
        if self._is_set_up:
            return
        for endpoint in self._endpoints:
            manager = endpoint.session_manager
            # An app that is mounted has no lifespan of its own: who mounts it runs it.
            if manager is None or getattr(manager, "_task_group", manager) is None:
                message = (
                    f"the MCP server in {self.name} is not started: give its lifespan to the app"
                    " that it is mounted in, such as FastAPI(lifespan=mcp_app.router."
                    "lifespan_context)"
                )
                raise RuntimeFault(STARTUP_FAILED, message)
            self._settings.apply(manager)
        self._is_set_up = True
        event_loop.call_on_close(self._forget)

    async def _forget(self) -> None:
        """The loop is closed, as after each run of `testing`: the next start is a first one again.

        The SDK's managers run once, which is meant for two lifespans at a time.
        """
        self._is_set_up = False
        self._lifespan = None
        for endpoint in self._endpoints:
            endpoint.session_manager._has_started = False


def _find_endpoints(app: Any, seen: set[int]) -> Iterator[Any]:
    """What holds a session manager: behind an app's routes, its mounts and its middleware."""
    if app is None or id(app) in seen:
        return
    seen.add(id(app))
    inside = getattr(app, "__dict__", {})
    if "session_manager" in inside:
        yield app
        return
    routes = getattr(app, "routes", None)
    for part in (*(routes if isinstance(routes, list) else ()), inside.get("app")):
        yield from _find_endpoints(part, seen)


def _make_app(server: Any, path: str, json_response: bool, stateless: bool) -> AsgiApp:
    """The ASGI app of a server object, as the package that the server is of makes it."""
    options = {"json_response": json_response, "stateless_http": stateless}
    if hasattr(server, "http_app"):  # FastMCP 4
        app: AsgiApp = server.http_app(path=path, **options)
    else:
        app = server.streamable_http_app(streamable_http_path=path, **options)
    return app


def _check_sdk(server: Any) -> None:
    try:
        import_module("mcp.server.request_state")
    except ImportError as error:
        message = f"mcp: {server!r} needs the package mcp 2.x (pip install 'mcp>=2,<3'): {error}"
        raise ImportError(message) from error


def mcp(
    server: Any,
    *,
    path: str | None = None,
    json_response: bool | None = None,
    stateless: bool = True,
    allowed_hosts: Iterable[str] = (),
    allowed_origins: Iterable[str] = (),
    request_state_keys: Iterable[str | bytes] | str | bytes | None = None,
    subscriptions: bool | None = None,
    base_path: str = "",
    error_statuses: Iterable[int] = (),
    events: Handler | str | None = None,
) -> McpHandler:
    """A handler that serves an MCP server, with the settings that are right on Lambda.

    `server`: an `MCPServer` or `Server` of the package mcp 2.x, a `FastMCP` of fastmcp 4, or the
    ASGI app that one of them makes, also within other apps.
    `path`: where the server is, by default "/mcp". `json_response`: answer in one piece; then no
    progress is sent. Both are an app's own where `server` is one.
    `stateless`: no sessions, by default, for the next request may reach another environment.
    `allowed_hosts`, `allowed_origins`: host names and origins beside those of the endpoint itself,
    exact or with any port: "localhost:*", "http://localhost:*".
    `request_state_keys`: secrets of 32 bytes and more, which all environments share; the first
    seals `requestState`, all open it. By default those of STREAMBDA_REQUEST_STATE_KEYS.
    `subscriptions`: whether `subscriptions/listen` is served. By default only where the server has
    a bus that reaches other environments. Such a stream ends 0.5 s before the function's timeout.
    The other options are those of `asgi`. Raises TypeError and ValueError for what is none of
    these, ImportError without the package mcp 2.x.
    """
    keys = [request_state_keys] if isinstance(request_state_keys, str | bytes) else (
        None if request_state_keys is None else list(request_state_keys)
    )  # fmt: skip
    name = ""
    if hasattr(server, "streamable_http_app") or hasattr(server, "http_app"):
        _check_sdk(server)
        if path is not None and not path.startswith("/"):
            raise ValueError(f"mcp: path is {path!r}, expected one such as {PATH!r}")
        name = f"the MCP server {server.name!r}"
        app = _make_app(server, path or PATH, bool(json_response), stateless)
    elif callable(server):
        if path is not None or json_response is not None:
            given = "path" if path is not None else "json_response"
            raise ValueError(f"mcp: {given} is given, expected it where the app is made")
        app = server
    else:
        kind = type(server).__name__
        raise TypeError(f"mcp: the server is of type {kind}, expected {_EXPECTED}")
    settings = McpSettings(
        stateless=stateless,
        allowed_hosts=allowed_hosts,
        allowed_origins=allowed_origins,
        request_state_keys=keys,
        subscriptions=subscriptions,
    )
    return McpHandler(
        app, settings, name=name, base_path=base_path, error_statuses=error_statuses, events=events
    )
