"""CORS of a function URL: Lambda answers a preflight by itself. No I/O.

"Cross-origin resource sharing (CORS)" in "Creating and managing Lambda function URLs": the
configuration alone answers a preflight; to every other response its headers are added, beside
those of the function.
"""

from streambda.local.http.request import HttpRequest
from streambda.local.model.functions import Cors

ANY = "*"

Pairs = list[tuple[str, str]]


def is_preflight(request: HttpRequest) -> bool:
    return (
        request.method == "OPTIONS"
        and request.header("origin") is not None
        and request.header("access-control-request-method") is not None
    )


def make_preflight_headers(cors: Cors, request: HttpRequest) -> Pairs:
    """What the browser may do; none for an origin or a method that is not allowed."""
    origin, method = request.header("origin"), request.header("access-control-request-method")
    if not _allows(cors.allow_origins, origin) or not _allows(cors.allow_methods, method):
        return []
    lists = (("allow-headers", cors.allow_headers), ("allow-methods", cors.allow_methods))
    pairs = [(f"access-control-{name}", ",".join(values)) for name, values in lists if values]
    if cors.max_age_s is not None:
        pairs.append(("access-control-max-age", str(cors.max_age_s)))
    return [*_make_origin_headers(cors, origin), *pairs]


def make_response_headers(cors: Cors | None, request: HttpRequest) -> Pairs:
    """Those that are added to a response; none for a request without an allowed origin."""
    origin = request.header("origin")
    if cors is None or not _allows(cors.allow_origins, origin):
        return []
    pairs = _make_origin_headers(cors, origin)
    if cors.expose_headers:
        pairs.append(("access-control-expose-headers", ",".join(cors.expose_headers)))
    return pairs


def _make_origin_headers(cors: Cors, origin: str | None) -> Pairs:
    # With credentials a browser does not accept "*": the origin itself is named.
    everyone = ANY in cors.allow_origins and not cors.allow_credentials
    pairs = [("access-control-allow-origin", ANY if everyone else str(origin)), ("vary", "Origin")]
    if cors.allow_credentials:
        pairs.append(("access-control-allow-credentials", "true"))
    return pairs


def _allows(allowed: tuple[str, ...], value: str | None) -> bool:
    if value is None:
        return False
    return ANY in allowed or value.lower() in {one.lower() for one in allowed}
