"""Where a CPython can come from. A source fills the job's tree or raises SourceUnavailable."""

from __future__ import annotations

from collections.abc import Callable

from .debian import unpack_debian
from .job import Job, Unpacked
from .pbs import unpack_pbs

AUTO = "auto"
PBS = "pbs"

# In the order in which `auto` tries them.
SOURCES: dict[str, Callable[[Job], Unpacked]] = {
    PBS: unpack_pbs,
    "debian": unpack_debian,
}


def candidates(source: str) -> tuple[str, ...]:
    if source == AUTO:
        return tuple(SOURCES)
    if source not in SOURCES:
        raise ValueError(f"source must be one of {AUTO}, {', '.join(SOURCES)}; got {source!r}")
    return (source,)
