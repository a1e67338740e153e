"""What a layer is made of, for its bill of materials: CPython, and packages with their licences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from streambda.layer.layout import LICENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    kind: str  # "application" or "library"
    name: str
    version: str
    purl: str
    sha256: str | None = None  # of what was downloaded, or of the file itself
    licence_file: str | None = None  # its path in python-rt
    licence_name: str | None = None  # as the package itself gives it
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOwner:
    """The package that a file is from, where only bundling decides which files the layer has."""

    component: Component
    licence_texts: tuple[Path, ...]  # they are joined into the component's `licence_file`


def cpython_component(version: str, sha256: str, *, url: str | None = None) -> Component:
    return Component(
        kind="application",
        name="CPython",
        version=version,
        purl=f"pkg:generic/cpython@{quote(version)}",
        sha256=sha256,
        licence_file=LICENCE,
        url=url,
    )
