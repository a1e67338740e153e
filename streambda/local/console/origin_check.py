"""Who may talk to the console: pages that it has served itself, and programs on this machine.

The console starts functions, so no web page out there may reach it, though every browser tab on
this machine can open a connection to it:

* DNS rebinding: the page of a name that now resolves to 127.0.0.1 counts as the same origin for
  the browser. Its requests carry that name in `Host`, so only names of loopback are served.
* Cross-site requests: a page of another origin cannot read what is answered, but could send. Its
  requests carry its own origin in `Origin`, so only ours is served. The port counts: the page of a
  function behind a Function URL is of another origin too. A request without `Origin` comes from
  no browser, or is a plain GET; one that could start something must be JSON besides, which no
  page can send elsewhere without a preflight, and that is never granted.
* Click-jacking: a page cannot show the console in a frame and have its buttons pressed.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streambda.local.endpoints.options import is_loopback

READING = frozenset({"GET", "HEAD"})

SECURITY: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    # The page of a version that was running here before must not be shown with this one's API.
    "cache-control": "no-store",
}


class Guard:
    """An ASGI application around the console's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY)
            await send(message)

        reason = refusal(scope["method"], Headers(scope=scope))
        app = JSONResponse({"error": reason}, status_code=403) if reason else self._app
        await app(scope, receive, secured)


def refusal(method: str, headers: Headers) -> str | None:
    """Why this request is not served, if it is not."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if not is_loopback(_name(host)):
        return f"Host is {host!r}, expected an address of loopback"
    if origin is not None and origin != f"http://{host}":
        return f"Origin is {origin!r}, expected 'http://{host}'"
    content_type = headers.get("content-type", "")
    if method not in READING and content_type.partition(";")[0].strip() != "application/json":
        return f"Content-Type is {content_type!r}, expected 'application/json'"
    return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
