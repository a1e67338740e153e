"""Which layer is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.lock import Lock
from streambda.layer.sources.sources import AUTO, PBS, SOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRequest:
    architecture: Architecture
    sources: tuple[str, ...]  # in the order in which they are tried
    python: str | None = None  # "3.13"; None: each source's own default
    locked: bool = False  # accept only the versions of the lock
    archive: Path | None = None  # python-build-standalone's, already on disk


def find_usage_problem(
    lock: Lock, *, source: str, python: str | None, archive: Path | None
) -> str | None:
    """Says why no source could ever serve this request; None where one could."""
    known = list_pythons(lock)
    if source not in (AUTO, *SOURCES):
        return f"source must be one of {AUTO}, {', '.join(SOURCES)}; got {source!r}"
    if archive is not None and source not in (AUTO, PBS):
        return f"an archive is for the source {PBS}, not for {source}"
    if python is not None and python not in known:
        return f"python must be one of {', '.join(known)}; got {python!r}"
    return None


def choose_sources(source: str, archive: Path | None) -> tuple[str, ...]:
    if archive is not None:
        return (PBS,)
    return tuple(SOURCES) if source == AUTO else (source,)


def list_pythons(lock: Lock) -> list[str]:
    """Every Python that any source has, the oldest first."""
    pythons = {python for one in SOURCES.values() for python in one.select_lock(lock).pythons}
    return sorted(pythons, key=lambda python: [int(part) for part in python.split(".")])
