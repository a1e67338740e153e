"""Who may talk to the console: its own page, and programs on this machine.

The console starts functions, so no other web page may use it, though every browser tab on this
machine can open a connection to it:

* DNS rebinding: only names of loopback are served (`http/web_pages.py`).
* Cross-site requests: a page of another origin cannot read a response, but could send a request.
  Its requests carry its own origin in `Origin`, so only the console's own is served. The port
  counts: the page of a function behind a Function URL is of another origin too. A request without
  `Origin` comes from no browser, or is a plain GET. A request that could start something must
  also be JSON: no page can send that to another origin without a preflight, and the console
  grants none.
* Clickjacking: no page can show the console in a frame and make the user press its buttons.
"""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streambda.local.http.web_pages import is_own_host

SAFE_METHODS = frozenset({"GET", "HEAD"})

SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    # An older version may have run on this port: its page must not be used with this API.
    "cache-control": "no-store",
}


class OriginCheck:
    """An ASGI application around the console's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        refusal = check_origin(scope["method"], Headers(scope=scope))
        app = JSONResponse({"error": refusal}, status_code=403) if refusal else self._app
        await app(scope, receive, send_secured)


def check_origin(method: str, headers: Headers) -> str | None:
    """Why this request is refused; None if it is not."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if not is_own_host(host):
        return f"Host is {host!r}, expected an address of loopback"
    if origin is not None and origin != f"http://{host}":
        return f"Origin is {origin!r}, expected 'http://{host}'"
    content_type = headers.get("content-type", "")
    if method not in SAFE_METHODS and content_type.partition(";")[0].strip() != "application/json":
        return f"Content-Type is {content_type!r}, expected 'application/json'"
    return None
