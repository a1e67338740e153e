"""CORS of a function URL: the preflight is Lambda's own answer. No I/O.

"Cross-origin resource sharing (CORS)" in "Creating and managing Lambda function URLs": the
configuration alone answers a preflight; to every other answer its headers are added, beside those
that the function has sent.
"""

from streambda.local.http.request import HttpCall
from streambda.local.model.access import Cors

ANY = "*"

Pairs = list[tuple[str, str]]


def is_preflight(call: HttpCall) -> bool:
    return (
        call.method == "OPTIONS"
        and call.header("origin") is not None
        and call.header("access-control-request-method") is not None
    )


def preflight_headers(cors: Cors, call: HttpCall) -> Pairs:
    """What the browser may do; nothing for an origin or a method that is not allowed."""
    origin, method = call.header("origin"), call.header("access-control-request-method")
    if not _allows(cors.allow_origins, origin) or not _allows(cors.allow_methods, method):
        return []
    wanted = (("allow-headers", cors.allow_headers), ("allow-methods", cors.allow_methods))
    pairs = [(f"access-control-{name}", ",".join(values)) for name, values in wanted if values]
    if cors.max_age_s is not None:
        pairs.append(("access-control-max-age", str(cors.max_age_s)))
    return [*_origin_headers(cors, origin), *pairs]


def response_headers(cors: Cors | None, call: HttpCall) -> Pairs:
    """What is added to the function's answer; nothing for a request of no other origin."""
    origin = call.header("origin")
    if cors is None or not _allows(cors.allow_origins, origin):
        return []
    pairs = _origin_headers(cors, origin)
    if cors.expose_headers:
        pairs.append(("access-control-expose-headers", ",".join(cors.expose_headers)))
    return pairs


def _origin_headers(cors: Cors, origin: str | None) -> Pairs:
    # With credentials a browser takes no "*", and so the origin itself is named.
    everyone = ANY in cors.allow_origins and not cors.allow_credentials
    pairs = [("access-control-allow-origin", ANY if everyone else str(origin)), ("vary", "Origin")]
    if cors.allow_credentials:
        pairs.append(("access-control-allow-credentials", "true"))
    return pairs


def _allows(allowed: tuple[str, ...], value: str | None) -> bool:
    if value is None:
        return False
    return ANY in allowed or value.lower() in {one.lower() for one in allowed}
