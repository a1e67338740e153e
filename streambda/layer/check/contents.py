"""Reads a finished layer's zip into values that the checks look at."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from streambda.layer import layout
from streambda.layer.architecture import Architecture
from streambda.layer.elf import MAGIC, Elf, ElfError, read_elf

# "250 MB unzipped, … including layers", Lambda quotas. So much is read into memory at most.
MOST_BYTES = 250 * 1024 * 1024

INTERPRETER = f"{layout.TREE}/{layout.INTERPRETER}"
SBOM = f"{layout.TREE}/{layout.SBOM}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerContents:
    """What the zip has, and where it is to run."""

    architecture: Architecture
    base_image_libraries: Set[str]
    entries: tuple[zipfile.ZipInfo, ...]
    names: Set[str]
    elf_files: Mapping[str, Elf]
    damaged: Mapping[str, str]  # ELF files that cannot be read, and why
    sbom: bytes | None


def read_contents(
    archive: Path, architecture: Architecture, base_image_libraries: Set[str]
) -> LayerContents:
    """Reads every entry, and so checks every CRC.

    Raises `ValueError` for more than `MOST_BYTES`.
    """
    elf_files: dict[str, Elf] = {}
    damaged: dict[str, str] = {}
    with zipfile.ZipFile(archive) as zipped:
        entries = tuple(zipped.infolist())
        # zipfile unpacks no more of an entry than the archive's directory says.
        size = sum(entry.file_size for entry in entries)
        if size > MOST_BYTES:
            raise ValueError(f"it has {size} bytes unzipped, expected at most {MOST_BYTES}")
        names = set(zipped.namelist())
        sbom = zipped.read(SBOM) if SBOM in names else None
        for entry in entries:
            content = zipped.read(entry)
            if content.startswith(MAGIC):
                try:
                    elf_files[entry.filename] = read_elf(content)
                except ElfError as error:
                    damaged[entry.filename] = str(error)
    return LayerContents(
        architecture=architecture,
        base_image_libraries=base_image_libraries,
        entries=entries,
        names=names,
        elf_files=elf_files,
        damaged=damaged,
        sbom=sbom,
    )
