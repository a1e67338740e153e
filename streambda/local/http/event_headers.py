"""Which headers of a request an event has. No I/O."""

from collections.abc import Collection

from streambda.local.http.headers import HOP_BY_HOP
from streambda.local.http.request import HttpRequest

# What is said to the endpoint itself: of its connection, of other protocols, of when to send the
# body.
FOR_THE_ENDPOINT = HOP_BY_HOP | {"expect", "http2-settings"}


def list_event_headers(
    request: HttpRequest, without: Collection[str] = ()
) -> list[tuple[str, str]]:
    """Names as the client has sent them, then those that AWS adds, in lower case.

    AWS's take the place of the client's of the same name. `without` are others that are left out.
    """
    names = request.sent_names or tuple(name for name, _ in request.headers)
    left_out = {*FOR_THE_ENDPOINT, *request.aws_headers, *without}
    sent = [
        (name, value)
        for name, (lower, value) in zip(names, request.headers, strict=True)
        if lower not in left_out
    ]
    return [*sent, *request.aws_headers.items()]
