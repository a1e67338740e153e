"""Which headers of a request an event has. No I/O.

A header that AWS adds takes the place of the client's of the same name.
"""

from streambda.local.http.headers import HOP_BY_HOP
from streambda.local.http.request import HttpRequest

# What is said to the endpoint itself: of its connection, of other protocols, of when to send the
# body.
FOR_THE_ENDPOINT = HOP_BY_HOP | {"expect", "http2-settings"}


def list_event_headers(request: HttpRequest) -> list[tuple[str, str]]:
    """With names in lower case; those that AWS adds come last."""
    added = request.aws_headers
    sent = [
        pair for pair in request.headers if pair[0] not in FOR_THE_ENDPOINT and pair[0] not in added
    ]
    return [*sent, *added.items()]


def list_sent_names(request: HttpRequest) -> dict[str, str]:
    """Lower case -> as the client has written it; the first spelling, where there are several."""
    names: dict[str, str] = {}
    for sent, (lower, _) in zip(request.sent_names, request.headers, strict=False):
        names.setdefault(lower, sent.decode("latin-1"))
    return names
