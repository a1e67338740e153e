"""The headers by which pages of other origins may read a response, the same behind each endpoint.

Switched on by `STREAMBDA_CORS`, which the construct sets for `cors=`; not imported otherwise.

A Function URL adds these headers to every response by itself, beside those of the function, so that
a function that has them too sends each twice. A REST API adds none to the response of a function.
"""

from __future__ import annotations

from ..http_event import REST_API
from ..json_codec import loads
from ..logs import log
from ..response import HttpMetadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..http_event import HttpEvent

VARIABLE = "STREAMBDA_CORS"
ANY = "*"
_PREFIX = "access-control-"


class Cors:
    """Who may read responses: the members are those of a Function URL's Cors."""

    __slots__ = ("_credentials", "_exposed", "_origins")

    def __init__(
        self, allow_origins: list[str], *, allow_credentials: bool, expose_headers: list[str]
    ) -> None:
        self._origins = frozenset(origin.lower() for origin in allow_origins)
        self._credentials = allow_credentials
        self._exposed = ",".join(expose_headers)

    def complete(self, metadata: HttpMetadata, event: HttpEvent) -> HttpMetadata:
        """The metadata with the headers that its endpoint does not add, and with no others."""
        headers = [pair for pair in metadata.headers if not _is_cors(pair[0])]
        if event.version == REST_API and (origin := event.header("origin")):
            headers += self._make_headers(origin, headers)
        completed = HttpMetadata(metadata.status_code, headers, metadata.media_type)
        completed.cookies = metadata.cookies
        return completed

    def _make_headers(self, origin: str, others: list[tuple[str, str]]) -> list[tuple[str, str]]:
        everyone = ANY in self._origins
        if not everyone and origin.lower() not in self._origins:
            return []
        # With credentials a browser does not accept "*": the origin itself is named.
        allowed = ANY if everyone and not self._credentials else origin
        pairs = [("access-control-allow-origin", allowed)]
        if not any(_varies_by_origin(name, value) for name, value in others):
            pairs.append(("vary", "Origin"))
        if self._credentials:
            pairs.append(("access-control-allow-credentials", "true"))
        if self._exposed:
            pairs.append(("access-control-expose-headers", self._exposed))
        return pairs


def make_cors(environ: Mapping[str, str]) -> Cors | None:
    """What the environment asks for; None, and a line in the log, where that cannot be read."""
    text = environ.get(VARIABLE, "")
    try:
        found: dict[str, Any] = loads(text)
        return Cors(
            list(found["allow_origins"]),
            allow_credentials=bool(found.get("allow_credentials")),
            expose_headers=list(found.get("expose_headers") or ()),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        log(f"{VARIABLE} is {text!r}, expected what cors= of StreamingFunction writes")
        return None


def _is_cors(name: object) -> bool:
    # An invalid name is an error where it is encoded.
    return isinstance(name, str) and name.lower().startswith(_PREFIX)


def _varies_by_origin(name: object, value: object) -> bool:
    return str(name).lower() == "vary" and "origin" in str(value).lower()
