"""Which web pages may call what listens on loopback: every browser tab can connect to it.

* DNS rebinding: the page of a name that now resolves to 127.0.0.1 counts as the same origin for
  the browser. Its requests carry that name in `Host`, so only names of loopback are served.
* Cross-site requests: a page of another origin cannot read a response, but it can send a request,
  also without a preflight, such as a `<form enctype="text/plain">`. The browser says so in
  `Sec-Fetch-Site`, in `Origin`, or at least in `Referer`.
"""

import json
import logging
import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from streambda.local.http.headers import CONTENT_TYPE
from streambda.local.http.response import HttpResponse, send_response
from streambda.local.model.one_line import escape_controls

HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")

# Of `Sec-Fetch-Site`: the page is of this origin, or the user has typed the address.
OWN_SITES = frozenset({"same-origin", "none"})

SCHEMES = ("http", "https")
TELLING = frozenset({"host", "origin", "referer", "sec-fetch-site"})

Pairs = Iterable[tuple[str, str]]

logger = logging.getLogger("streambda.local")


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`; of names only localhost counts."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=64)  # clients say the same again and again
def is_own_host(host: str) -> bool:
    """Whether a `Host` names loopback, with or without a port: it may have been forwarded."""
    found = HOST.fullmatch(host)
    return found is not None and is_loopback(found["name"].strip("[]").lower())


def describe_other_page(headers: Pairs) -> str | None:
    """What tells that a page of another origin sends this request; None if nothing does.

    Args: `headers` have lower-case names.
    """
    known: dict[str, list[str]] = {}
    for name, value in headers:
        if name in TELLING:
            known.setdefault(name, []).append(value)
    if not known.keys() - {"host"}:
        return None
    own = {f"{scheme}://{host.lower()}" for host in known.get("host", []) for scheme in SCHEMES}
    for site in known.get("sec-fetch-site", []):
        if site.lower() not in OWN_SITES:
            return f"Sec-Fetch-Site is {site!r}"
    for origin in known.get("origin", []):
        if origin.lower() not in own:
            return f"Origin is {origin!r}"
    for referrer in known.get("referer", []):
        if _origin_of(referrer) not in own:
            return f"Referer is {referrer!r}"
    return None


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}".lower()


class OwnHostOnly:
    """An ASGI application around one that listens on loopback: others' `Host` is refused.

    Args: `name` is the server's, for the line that is logged for the first refusal.
    """

    def __init__(self, app: ASGIApp, name: str) -> None:
        self._app = app
        self._name = name
        self._told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and is_own_host(hosts[0]):
            await self._app(scope, receive, send)
        elif not hosts and scope["http_version"] == "1.0":
            await self._app(scope, receive, send)  # no browser: each sends a Host
        elif len(hosts) != 1:
            await _refuse(send, 400, f"expected one Host, not {len(hosts)}", "BadRequestException")
        else:
            reason = f"Host is {hosts[0]!r}, expected an address of loopback"
            self._tell(reason)
            await _refuse(send, 403, f"Forbidden: {reason}", "ForbiddenException")

    def _tell(self, reason: str) -> None:
        if not self._told:
            self._told = True
            line = escape_controls(reason)
            logger.warning("%s refuses a request (only the first is logged): %s", self._name, line)


async def _refuse(send: Send, status: int, message: str, exception: str) -> None:
    headers = [
        (CONTENT_TYPE, b"application/json"),
        (b"x-amzn-errortype", exception.encode()),
        (b"connection", b"close"),
    ]
    body = json.dumps({"message": message}).encode()
    await send_response(send, HttpResponse(status, headers, body))
