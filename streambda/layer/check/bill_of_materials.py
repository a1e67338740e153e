"""Is the layer's bill of materials there, and are the licences that it names?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from streambda.layer.check.contents import SBOM_ENTRY, LayerContents

Components = list[tuple[str, list[str]]]


def read_components(layer: LayerContents) -> Components:
    """(name, licence files) of each; empty where there is no CycloneDX document."""
    try:
        document = json.loads(layer.sbom or b"{}")
        entries = document["components"] if document["bomFormat"] == "CycloneDX" else []
        return [(entry["name"], _licences(entry)) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def sbom_problems(layer: LayerContents, components: Components) -> Iterator[str]:
    if layer.sbom is None:
        yield f"no bill of materials at {SBOM_ENTRY}"
    elif not components:
        yield f"{SBOM_ENTRY}: not a CycloneDX document with components"
    for name, licences in components:
        for licence in licences:
            if f"python-rt/{licence}" not in layer.names:
                yield f"{SBOM_ENTRY}: the licence of {name}, {licence}, is missing"


def _licences(entry: Mapping[str, list[Mapping[str, str]]]) -> list[str]:
    references = entry.get("externalReferences", [])
    return [reference["url"] for reference in references if reference["type"] == "license"]
