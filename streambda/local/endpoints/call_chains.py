"""How often endpoints have called each other for one request, so that a loop ends."""

from collections.abc import Iterator
from contextlib import contextmanager

# More than any app needs, and few enough to be there at once.
MOST_CALLS = 16

Address = tuple[str, int]


class CallChains:
    """Of one cloud. A call is known by the address that it comes from.

    So what a function gets of a request has no trace of it.
    """

    def __init__(self) -> None:
        self._lengths: dict[Address, int] = {}

    def count(self, client: Address) -> int:
        """The calls that have led to a request of `client`; 0 for one from outside."""
        return self._lengths.get(client, 0)

    @contextmanager
    def follow(self, client: Address, length: int) -> Iterator[None]:
        """While a connection from `client` is open, which is the call number `length`."""
        self._lengths[client] = length
        try:
            yield
        finally:
            del self._lengths[client]
