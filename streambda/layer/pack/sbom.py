"""python-rt/sbom.cdx.json: what the layer is made of (CycloneDX 1.6, JSON).

No time stamp and no serial number, both optional there: the same layer has the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from streambda.layer.components import Component
from streambda.layer.layout import SBOM


def write_sbom(
    tree: Path,
    components: Iterable[Component],
    *,
    properties: Mapping[str, str],
    unlisted: str | None = None,
) -> None:
    """`unlisted` says what is in the layer, but not among the components."""
    entries = [_entry(c) for c in sorted(components, key=lambda c: (c.kind, c.name))]
    if unlisted is not None:
        properties = {**properties, "unlisted": unlisted}
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "platform", "name": "Python layer for provided.al2023"},
            "properties": [
                {"name": f"streambda:{name}", "value": value} for name, value in properties.items()
            ],
        },
        "components": entries,
    }
    if unlisted is not None:
        names = [entry["bom-ref"] for entry in entries]
        document["compositions"] = [{"aggregate": "incomplete", "assemblies": names}]
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    (tree / SBOM).write_text(text, encoding="utf-8")


def _entry(component: Component) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": component.sha256}]
    references: list[dict[str, Any]] = []
    if component.licence_file is not None:  # relative to this document
        references.append({"type": "license", "url": component.licence_file})
    if component.url is not None:
        references.append({"type": "distribution", "url": component.url, "hashes": hashes})
    name = component.licence_name
    entry = {
        "type": component.kind,
        "bom-ref": component.purl,
        "name": component.name,
        "version": component.version,
        "hashes": hashes if component.sha256 is not None else None,
        "licenses": [{"license": {"name": name}}] if name else None,
        "purl": component.purl,
        "externalReferences": references or None,
    }
    return {key: value for key, value in entry.items() if value is not None}
