"""python-layer.lock, read into values: what each source is made from, per architecture."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .architecture import Architecture
from .errors import LayerError


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    url: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbs:
    python: str
    version: str
    archives: Mapping[Architecture, Archive]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    pbs: Pbs
    debian: Debian


def read_lock(path: Path) -> Lock:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Lock(pbs=_pbs(data["pbs"]), debian=_debian(data["debian"]))
    except tomllib.TOMLDecodeError as error:
        raise LayerError(f"{path}: not TOML: {error}") from error
    except KeyError as error:
        raise LayerError(f"{path}: {error} is missing") from error


def _pbs(table: Mapping[str, Any]) -> Pbs:
    archives = {
        architecture: Archive(url=entry["url"], sha256=entry["sha256"])
        for architecture in Architecture
        for entry in [table["archives"][architecture]]
    }
    return Pbs(python=table["python"], version=table["version"], archives=archives)


def _debian(table: Mapping[str, Any]) -> Debian:
    packages = {entry["name"]: _package(entry) for entry in table["packages"]}
    return Debian(python=table["python"], suites=frozenset(table["suites"]), packages=packages)


def _package(entry: Mapping[str, Any]) -> Package:
    sha256 = {architecture: entry["sha256"][architecture] for architecture in Architecture}
    return Package(name=entry["name"], version=entry["version"], sha256=sha256)
