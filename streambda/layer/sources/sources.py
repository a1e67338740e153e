"""Every source that a CPython can come from, in the order in which `auto` tries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from streambda.layer.errors import SourceUnavailable
from streambda.layer.job import BuildJob, UnpackedPython
from streambda.layer.lock import Lock, SourceLock
from streambda.layer.sources.debian.source import unpack_debian
from streambda.layer.sources.docker.source import unpack_docker
from streambda.layer.sources.pbs.source import unpack_pbs

AUTO = "auto"
PBS = "pbs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    unpack: Callable[[BuildJob], UnpackedPython]
    select_lock: Callable[[Lock], SourceLock]

    def choose_python(self, lock: Lock, python: str | None) -> str:
        """`python`, or the source's default for None. Raises SourceUnavailable if it lacks it."""
        locked = self.select_lock(lock)
        if python is not None and python not in locked.pythons:
            raise SourceUnavailable(f"it has Python {', '.join(locked.pythons)}, not {python}")
        return python or locked.default_python


SOURCES: dict[str, Source] = {
    PBS: Source(unpack=unpack_pbs, select_lock=lambda lock: lock.pbs),
    "debian": Source(unpack=unpack_debian, select_lock=lambda lock: lock.debian),
    "docker": Source(unpack=unpack_docker, select_lock=lambda lock: lock.docker),
}
