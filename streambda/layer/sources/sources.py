"""Every source that a CPython can come from, in the order in which `auto` tries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from streambda.layer.errors import SourceUnavailable
from streambda.layer.job import BuildJob, UnpackedPython
from streambda.layer.lock import Lock, SourceLock
from streambda.layer.sources.debian.source import unpack_debian
from streambda.layer.sources.docker.source import unpack_docker
from streambda.layer.sources.names import DEBIAN, DOCKER, PBS
from streambda.layer.sources.pbs.source import unpack_pbs


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    unpack: Callable[[BuildJob], UnpackedPython]
    select_lock: Callable[[Lock], SourceLock]

    def require_python(self, lock: Lock, python: str) -> None:
        """Raises SourceUnavailable if the lock has no such Python for it."""
        pythons = self.select_lock(lock).pythons
        if not pythons:
            raise SourceUnavailable(f"{lock.path} does not name it")
        if python not in pythons:
            raise SourceUnavailable(f"it has Python {', '.join(pythons)}, not {python}")


SOURCES: dict[str, Source] = {
    PBS: Source(unpack=unpack_pbs, select_lock=lambda lock: lock.pbs),
    DEBIAN: Source(unpack=unpack_debian, select_lock=lambda lock: lock.debian),
    DOCKER: Source(unpack=unpack_docker, select_lock=lambda lock: lock.docker),
}
