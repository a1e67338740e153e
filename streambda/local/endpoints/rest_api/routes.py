"""Which method of a REST API a request means. No I/O.

API Gateway prefers a literal path part to {one}, and {one} to {all+}; a method's own name to ANY.
Paths stay as they were sent: "%2F" is no slash, and separates nothing. Slashes at the end do not
count; two in the middle have an empty part between them, which only {all+} takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from streambda.local.model.rest_apis import Route

ANY = "ANY"


@dataclass(frozen=True, slots=True)
class RouteMatch:
    route: Route
    path_parameters: dict[str, str]


def match_route(routes: Sequence[Route], method: str, path: str) -> RouteMatch | None:
    """None: API Gateway answers 403 Missing Authentication Token."""
    parts = _split(path)
    found = [
        (_rank(route.path), parameters, route)
        for route in routes
        if (parameters := _match_parts(_split(route.path), parts)) is not None
    ]
    if not found:
        return None
    best = min(rank for rank, _, _ in found)
    candidates = {
        route.method: RouteMatch(route, values) for rank, values, route in found if rank == best
    }
    return candidates.get(method) or candidates.get(ANY)


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
    pairs = list(zip(pattern, parts, strict=True))
    if any(not part or (not _is_parameter(name) and name != part) for name, part in pairs):
        return None
    return {name[1:-1]: part for name, part in pairs if _is_parameter(name)}


def _rank(path: str) -> tuple[int, ...]:
    return tuple(2 if part.endswith("+}") else int(_is_parameter(part)) for part in _split(path))


def _is_parameter(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")
