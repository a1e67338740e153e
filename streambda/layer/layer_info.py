"""What a layer's zip says of itself: its Python, its architecture, where it is from."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from streambda.layer import layout
from streambda.layer.architecture import Architecture
from streambda.layer.elf import MACHINE_BYTES, read_machine
from streambda.layer.errors import LayerError

_STDLIB = re.compile(rf"{layout.TREE}/{layout.stdlib('')}(3\.\d+)/os\.py")
_INTERPRETER = f"{layout.TREE}/{layout.INTERPRETER}"
_SBOM = f"{layout.TREE}/{layout.SBOM}"
_MOST_SBOM_BYTES = 8 * 1024 * 1024  # ours have 100 KB


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerInfo:
    """None is for what the zip does not say."""

    python: str | None  # "3.13"
    version: str | None  # "3.13.18"
    source: str | None
    architecture: Architecture | None

    def describe_python(self) -> str | None:
        """ "Python 3.13.18"."""
        version = self.version or self.python
        return f"Python {version}" if version else None

    def find_mismatch(self, architecture: Architecture, python: str | None) -> str | None:
        """How the layer is not the one that is asked for; None for `python` is any."""
        if self.architecture not in (None, architecture):
            return f"it is for {self.architecture}, not for {architecture}"
        if python is not None and self.python not in (None, python):
            return f"it has Python {self.python}, not {python}"
        return None


def read_layer_info(path: Path) -> LayerInfo:
    """Raises LayerError for a file that is not a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise LayerError(f"{path} is not a readable zip file: {error}") from error
    except OSError as error:
        raise LayerError(f"cannot read {path}: {error.strerror}") from error


def digest_content(path: Path) -> str:
    """A SHA-256 of what the zip has, however it was compressed, and without its bytecode.

    So it is the same on machines with another zlib, or with no Python of the layer's version to
    compile the standard library. A file counts by its name, mode, size and CRC-32.
    """
    digest = hashlib.sha256()
    with zipfile.ZipFile(path) as archive:
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            if not entry.filename.endswith(".pyc"):
                mode = entry.external_attr >> 16
                line = f"{entry.filename}\0{mode:o}\0{entry.file_size}\0{entry.CRC:08x}\n"
                digest.update(line.encode())
    return digest.hexdigest()


def _read(archive: zipfile.ZipFile) -> LayerInfo:
    names = set(archive.namelist())
    pythons = {match[1] for name in names if (match := _STDLIB.fullmatch(name))}
    document: Mapping[str, str] = {}
    if _SBOM in names:
        with archive.open(_SBOM) as file:
            document = _read_sbom(file.read(_MOST_SBOM_BYTES))
    return LayerInfo(
        python=pythons.pop() if len(pythons) == 1 else None,
        version=document.get("version"),
        source=document.get("source"),
        architecture=_find_architecture(archive) if _INTERPRETER in names else None,
    )


def _find_architecture(archive: zipfile.ZipFile) -> Architecture | None:
    with archive.open(_INTERPRETER) as file:
        return Architecture.of_machine(read_machine(file.read(MACHINE_BYTES)))


def _read_sbom(text: bytes) -> Mapping[str, str]:
    """CPython's "version", and the "source" of the layer; empty where it is none of ours."""
    try:
        document = json.loads(text)
        properties = document.get("metadata", {}).get("properties", [])
        found = {one["name"].removeprefix("streambda:"): one["value"] for one in properties}
        version = next(one["version"] for one in document["components"] if one["name"] == "CPython")
        return {**found, "version": version}
    except (RecursionError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return {}
