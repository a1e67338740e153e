"""python-layer.lock, read into values: what each source is made from, per architecture."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from streambda.layer.architecture import Architecture
from streambda.layer.errors import LayerError


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    url: str
    sha256: str

    @property
    def name(self) -> str:
        return unquote(self.url.rpartition("/")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    python: str  # "3.13"
    version: str  # "3.13.18+20261110"
    archives: Mapping[Architecture, Archive]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbs:
    default: str
    releases: Mapping[str, Release]

    @property
    def pythons(self) -> tuple[str, ...]:
        return tuple(self.releases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Docker:
    image: str
    default: str
    pythons: tuple[str, ...]
    packages: tuple[str, ...]  # with {python} for the version
    tools: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    name: str
    version: str
    sha256: Mapping[Architecture, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Debian:
    python: str
    suites: frozenset[str]
    packages: Mapping[str, Package]

    @property
    def default(self) -> str:
        return self.python

    @property
    def pythons(self) -> tuple[str, ...]:
        return (self.python,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    pbs: Pbs
    debian: Debian
    docker: Docker


def read_lock(path: Path) -> Lock:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Lock(
            pbs=_pbs(data["pbs"]),
            debian=_debian(data["debian"]),
            docker=_docker(data["docker"]),
        )
    except tomllib.TOMLDecodeError as error:
        raise LayerError(f"{path}: not TOML: {error}") from error
    except KeyError as error:
        raise LayerError(f"{path}: {error} is missing") from error


def _pbs(table: Mapping[str, Any]) -> Pbs:
    releases = {entry["python"]: _release(entry) for entry in table["releases"]}
    return Pbs(default=table["default"], releases=releases)


def _release(entry: Mapping[str, Any]) -> Release:
    archives = {
        architecture: Archive(url=archive["url"], sha256=archive["sha256"])
        for architecture in Architecture
        for archive in [entry["archives"][architecture]]
    }
    return Release(python=entry["python"], version=entry["version"], archives=archives)


def _docker(table: Mapping[str, Any]) -> Docker:
    return Docker(
        image=table["image"],
        default=table["default"],
        pythons=tuple(table["pythons"]),
        packages=tuple(table["packages"]),
        tools=tuple(table["tools"]),
    )


def _debian(table: Mapping[str, Any]) -> Debian:
    packages = {entry["name"]: _package(entry) for entry in table["packages"]}
    return Debian(python=table["python"], suites=frozenset(table["suites"]), packages=packages)


def _package(entry: Mapping[str, Any]) -> Package:
    sha256 = {architecture: entry["sha256"][architecture] for architecture in Architecture}
    return Package(name=entry["name"], version=entry["version"], sha256=sha256)
