"""A finished layer, read from its zip into values that the checks look at."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.elf import MAGIC, Elf, ElfError, read_elf
from streambda.layer.pack.sbom import SBOM

INTERPRETER = "python-rt/bin/python3"
SBOM_ENTRY = f"python-rt/{SBOM}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerContents:
    architecture: Architecture
    base: Set[str]  # libraries that the base image has
    entries: tuple[zipfile.ZipInfo, ...]
    names: Set[str]
    files: Mapping[str, Elf]
    damaged: Mapping[str, str]  # ELF files that cannot be read, and why
    sbom: bytes | None


def open_layer(archive: Path, architecture: Architecture, base: Set[str]) -> LayerContents:
    """Reads every entry, and so checks every CRC."""
    files: dict[str, Elf] = {}
    damaged: dict[str, str] = {}
    with zipfile.ZipFile(archive) as zipped:
        entries = tuple(zipped.infolist())
        names = set(zipped.namelist())
        sbom = zipped.read(SBOM_ENTRY) if SBOM_ENTRY in names else None
        for entry in entries:
            content = zipped.read(entry)
            if content.startswith(MAGIC):
                try:
                    files[entry.filename] = read_elf(content)
                except ElfError as error:
                    damaged[entry.filename] = str(error)
    return LayerContents(
        architecture=architecture,
        base=base,
        entries=entries,
        names=names,
        files=files,
        damaged=damaged,
        sbom=sbom,
    )
