"""python-rt/sbom.cdx.json: what the layer is made of (CycloneDX 1.6, JSON).

No time stamp and no serial number, both optional there: the same layer has the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .architecture import Architecture

SBOM = "sbom.cdx.json"
LICENCE = "LICENSE.txt"  # CPython's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    kind: str  # "application" or "library"
    name: str
    version: str
    purl: str
    sha256: str
    licence: str  # the file's path in python-rt
    url: str | None = None


def cpython(version: str, sha256: str, *, url: str | None = None) -> Component:
    return Component(
        kind="application",
        name="CPython",
        version=version,
        purl=f"pkg:generic/cpython@{quote(version)}",
        sha256=sha256,
        licence=LICENCE,
        url=url,
    )


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sbom(
    tree: Path, components: Iterable[Component], *, source: str, architecture: Architecture
) -> None:
    properties = {"streambda:source": source, "streambda:architecture": architecture}
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "platform", "name": "Python layer for provided.al2023"},
            "properties": [{"name": name, "value": value} for name, value in properties.items()],
        },
        "components": [_entry(c) for c in sorted(components, key=lambda c: (c.kind, c.name))],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    (tree / SBOM).write_text(text, encoding="utf-8")


def _entry(component: Component) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": component.sha256}]
    # Relative to this file.
    references: list[dict[str, Any]] = [{"type": "license", "url": component.licence}]
    if component.url is not None:
        references.append({"type": "distribution", "url": component.url, "hashes": hashes})
    return {
        "type": component.kind,
        "bom-ref": component.purl,
        "name": component.name,
        "version": component.version,
        "hashes": hashes,
        "purl": component.purl,
        "externalReferences": references,
    }
