"""Which layer is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.lock import Lock
from streambda.layer.sources.names import AUTO, PBS
from streambda.layer.sources.sources import SOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRequest:
    architecture: Architecture
    sources: tuple[str, ...]  # in the order in which they are tried
    python: str | None = None  # "3.13"; None: the lock's default, or the archive's
    fallback: str | None = None  # the Python to use if no available source has that one
    locked: bool = False  # accept only the versions of the lock
    lock: Path | None = None  # in place of the recipe's own
    archive: Path | None = None  # python-build-standalone's, already on disk


def find_usage_problem(
    lock: Lock,
    *,
    source: str,
    python: str | None,
    archive: Path | None,
    fallback: str | None = None,
) -> str | None:
    """Says why no source could ever serve this request; None where one could."""
    if source not in (AUTO, *SOURCES):
        return f"source must be one of {AUTO}, {', '.join(SOURCES)}; got {source!r}"
    if archive is not None and source not in (AUTO, PBS):
        return f"an archive is for the source {PBS}, not for {source}"
    if archive is not None and fallback is not None:
        return f"an archive has one Python; got the fallback {fallback!r} as well"
    for name, version in (("python", python), ("fallback", fallback)):
        if version is not None and (problem := _explain_python(lock, name, version)):
            return problem
    if fallback is not None and fallback == (python or lock.default_python):
        return f"fallback must be another Python than {fallback}"
    return None


def _explain_python(lock: Lock, name: str, version: str) -> str | None:
    known = list_pythons(lock)
    if version in known:
        return None
    minor = ".".join(version.split(".")[:2])
    problem = f"{name} must be one of {', '.join(known)}; got {version!r}"
    if minor in known:
        # A file names the third number, so that it is the same on every machine.
        return f"{problem}: write {minor!r}, its third number is in {lock.path}"
    return problem


def choose_sources(source: str, archive: Path | None) -> tuple[str, ...]:
    if archive is not None:
        return (PBS,)
    return tuple(SOURCES) if source == AUTO else (source,)


def list_pythons(lock: Lock) -> list[str]:
    """Every Python that any source has, the oldest first."""
    pythons = {python for one in SOURCES.values() for python in one.select_lock(lock).pythons}
    return sorted(pythons, key=lambda python: [int(part) for part in python.split(".")])


def name_sources(lock: Lock, python: str) -> list[str]:
    """Those that have that Python, whether they can be reached or not."""
    return [name for name, one in SOURCES.items() if python in one.select_lock(lock).pythons]
