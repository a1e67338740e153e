"""Where a CPython can come from. A source fills the job's tree or raises SourceUnavailable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from streambda.layer.errors import SourceUnavailable
from streambda.layer.job import Job, Unpacked
from streambda.layer.lock import Lock
from streambda.layer.sources.debian.source import unpack_debian
from streambda.layer.sources.docker.source import unpack_docker
from streambda.layer.sources.pbs.source import unpack_pbs

AUTO = "auto"
PBS = "pbs"


class Offer(Protocol):
    """A source's table in the lock."""

    @property
    def default(self) -> str: ...
    @property
    def pythons(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    unpack: Callable[[Job], Unpacked]
    offer: Callable[[Lock], Offer]

    def python(self, lock: Lock, wanted: str | None) -> str:
        """The version that this source gives. Raises SourceUnavailable if it has not `wanted`."""
        offer = self.offer(lock)
        if wanted is not None and wanted not in offer.pythons:
            raise SourceUnavailable(f"has {', '.join(offer.pythons)}, not {wanted}")
        return wanted or offer.default


# In the order in which `auto` tries them.
SOURCES: dict[str, Source] = {
    PBS: Source(unpack=unpack_pbs, offer=lambda lock: lock.pbs),
    "debian": Source(unpack=unpack_debian, offer=lambda lock: lock.debian),
    "docker": Source(unpack=unpack_docker, offer=lambda lock: lock.docker),
}
