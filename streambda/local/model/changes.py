"""What an update of the local cloud has changed. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streambda.local.model.endpoints import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionChanges:
    """Functions by name. `broken` says why new code did not start; then nothing has changed.

    Args:
        without_code: If some are broken, those for which nothing runs: they are new, or their code
            before does not start either.
        known: Whether that this code is broken has been told before.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    broken: Mapping[str, str]
    without_code: tuple[str, ...] = ()
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointChanges:
    """What an update has done to the endpoints."""

    added: tuple[Endpoint, ...] = ()
    changed: tuple[Endpoint, ...] = ()
    removed: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudChanges:
    """Functions and endpoints change together, or not at all if some new code is broken."""

    functions: FunctionChanges
    endpoints: EndpointChanges = field(default_factory=EndpointChanges)
