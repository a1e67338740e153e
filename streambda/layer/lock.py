"""python-layer.lock, read into values: what each source is made from, per architecture.

To pin another Python (3.16, say): add it in `layer/python-layer.lock`. No code here names versions.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from streambda.layer.architecture import Architecture
from streambda.layer.errors import LayerError


class SourceLock(Protocol):
    """What the lock says about every source: the Pythons that it has, such as "3.13"."""

    @property
    def pythons(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedArchive:
    url: str
    sha256: str

    @property
    def name(self) -> str:
        return unquote(self.url.rpartition("/")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class PbsRelease:
    python: str  # "3.13"
    version: str  # "3.13.18+20261110"
    archives: Mapping[Architecture, LockedArchive]


@dataclass(frozen=True, slots=True, kw_only=True)
class PbsLock:
    releases: Mapping[str, PbsRelease]

    @property
    def pythons(self) -> tuple[str, ...]:
        return tuple(self.releases)


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerLock:
    image: str
    pythons: tuple[str, ...]
    packages: tuple[str, ...]  # with {python} for the version
    tools: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    name: str
    version: str
    sha256: Mapping[Architecture, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DebianLock:
    pythons: tuple[str, ...]
    suites: frozenset[str]
    packages: Mapping[str, LockedPackage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A source that the file has no table for has no Pythons."""

    path: Path
    default_python: str  # where none is asked for
    pbs: PbsLock
    debian: DebianLock
    docker: DockerLock


def read_lock(path: Path) -> Lock:
    """Raises LayerError, which names the file and what is wrong in it."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Lock(
            path=path,
            default_python=data["default"],
            pbs=_read_pbs(data.get("pbs", {"releases": []})),
            debian=_read_debian(data.get("debian")),
            docker=_read_docker(data.get("docker")),
        )
    except OSError as error:
        raise LayerError(f"{path}: {error.strerror}, expected a python-layer.lock") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LayerError(f"{path}: not TOML: {error}") from error
    except KeyError as error:
        raise LayerError(f"{path}: {str(error.args[0])!r} is missing") from error
    except (TypeError, AttributeError) as error:
        raise LayerError(f"{path}: not laid out as python-layer.lock: {error}") from error


def _read_pbs(table: Mapping[str, Any]) -> PbsLock:
    return PbsLock(releases={entry["python"]: _read_release(entry) for entry in table["releases"]})


def _read_release(entry: Mapping[str, Any]) -> PbsRelease:
    archives = {
        architecture: LockedArchive(url=archive["url"], sha256=archive["sha256"])
        for architecture in Architecture
        for archive in [entry["archives"][architecture]]
    }
    return PbsRelease(python=entry["python"], version=entry["version"], archives=archives)


def _read_docker(table: Mapping[str, Any] | None) -> DockerLock:
    if table is None:
        return DockerLock(image="", pythons=(), packages=(), tools=())
    return DockerLock(
        image=table["image"],
        pythons=tuple(table["pythons"]),
        packages=tuple(table["packages"]),
        tools=tuple(table["tools"]),
    )


def _read_debian(table: Mapping[str, Any] | None) -> DebianLock:
    if table is None:
        return DebianLock(pythons=(), suites=frozenset(), packages={})
    return DebianLock(
        pythons=(table["python"],),
        suites=frozenset(table["suites"]),
        packages={entry["name"]: _read_package(entry) for entry in table["packages"]},
    )


def _read_package(entry: Mapping[str, Any]) -> LockedPackage:
    sha256 = {architecture: entry["sha256"][architecture] for architecture in Architecture}
    return LockedPackage(name=entry["name"], version=entry["version"], sha256=sha256)
