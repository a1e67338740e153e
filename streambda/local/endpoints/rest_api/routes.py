"""Which method of a REST API a request means. No I/O.

API Gateway prefers a literal path part to {one}, and {one} to {all+}; a method's own name to ANY.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from streambda.local.model.functions import Route

ANY = "ANY"


@dataclass(frozen=True, slots=True)
class Match:
    route: Route
    path_parameters: dict[str, str]


def match(routes: Sequence[Route], method: str, path: str) -> Match | None:
    """None is what API Gateway answers with 403 Missing Authentication Token."""
    parts = [part for part in path.split("/") if part]
    found = [
        (_rank(route.path), parameters, route)
        for route in routes
        if (parameters := _parameters(_split(route.path), parts)) is not None
    ]
    if not found:
        return None
    best = min(rank for rank, _, _ in found)
    candidates = {route.method: Match(route, given) for rank, given, route in found if rank == best}
    return candidates.get(method) or candidates.get(ANY)


def _split(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _parameters(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    """The values of {names}, or None when the path is another one."""
    if pattern and pattern[-1].endswith("+}"):
        head = pattern[:-1]
        if len(parts) <= len(head):
            return None
        rest = {pattern[-1][1:-2]: "/".join(parts[len(head) :])}
        given = _parameters(head, parts[: len(head)])
        return None if given is None else given | rest
    if len(pattern) != len(parts):
        return None
    pairs = list(zip(pattern, parts, strict=True))
    if any(not _is_name(name) and name != part for name, part in pairs):
        return None
    return {name[1:-1]: part for name, part in pairs if _is_name(name)}


def _rank(path: str) -> tuple[int, ...]:
    return tuple(2 if part.endswith("+}") else int(_is_name(part)) for part in _split(path))


def _is_name(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")
