"""Which method of a REST API, or route of an HTTP API, a request means. No I/O.

API Gateway prefers a literal path part to {one}, and {one} to {all+}; a method's own name to ANY.
Paths stay as they were sent: "%2F" is not a slash, and separates nothing. Slashes at the end do not
count in REST APIs; two in the middle have an empty part between them, which only {all+} takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

ANY = "ANY"


class AnyRoute(Protocol):
    """Of a REST API or an HTTP API."""

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...


SomeRoute = TypeVar("SomeRoute", bound=AnyRoute)


@dataclass(frozen=True, slots=True)
class RouteMatch(Generic[SomeRoute]):
    """The route that a path means, and what it gives the names in it."""

    route: SomeRoute
    path_parameters: dict[str, str]


def match_route(
    routes: Sequence[SomeRoute], method: str, path: str, *, ignore_end: bool = True
) -> RouteMatch[SomeRoute] | None:
    """None: API Gateway answers 403 Missing Authentication Token.

    Args: `ignore_end` is whether slashes at the end count for nothing.
    """
    parts = _split(path)
    if not ignore_end and parts:
        parts += [""] * (len(path) - len(path.rstrip("/")))
    patterns = ((_parse(route.path), route) for route in routes)
    found = [
        (pattern.rank, parameters, route)
        for pattern, route in patterns
        if (parameters := _match_parts(pattern.parts, parts)) is not None
    ]
    if not found:
        return None
    best = min(rank for rank, _, _ in found)
    candidates = {
        route.method: RouteMatch(route, values) for rank, values, route in found if rank == best
    }
    return candidates.get(method) or candidates.get(ANY)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A route's path, taken apart; the lowest rank is preferred."""

    parts: list[str]
    rank: tuple[int, ...]


@lru_cache(maxsize=1024)  # of each route with each request
def _parse(path: str) -> _Pattern:
    parts = _split(path)
    rank = (2 if part.endswith("+}") else int(_is_parameter(part)) for part in parts)
    return _Pattern(parts, tuple(rank))


def _split(path: str) -> list[str]:
    trimmed = path.strip("/")
    return trimmed.split("/") if trimmed else []


def _match_parts(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    """The values of {names}, or None for another path."""
    if pattern and pattern[-1].endswith("+}"):
        head = pattern[:-1]
        if len(parts) <= len(head):
            return None
        rest = {pattern[-1][1:-2]: "/".join(parts[len(head) :])}
        values = _match_parts(head, parts[: len(head)])
        return None if values is None else values | rest
    if len(pattern) != len(parts):
        return None
    values = {}
    for name, part in zip(pattern, parts, strict=True):
        if part and _is_parameter(name):
            values[name[1:-1]] = part
        elif not part or name != part:
            return None
    return values


def _is_parameter(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")
