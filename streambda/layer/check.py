"""Reads a finished layer as Lambda's loader would, and says what would not run there."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from .architecture import Architecture
from .elf import MAGIC, Elf, ElfError, read_elf
from .errors import CheckFailed

GLIBC = (2, 34)  # provided.al2023
INTERPRETER = "python-rt/bin/python3"
_LANDMARK = "python-rt/lib/python3."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    architecture: Architecture
    names: Set[str]
    files: Mapping[str, Elf]
    base: Set[str]


def require_runnable(archive: Path, architecture: Architecture, base: Set[str]) -> None:
    problems = find_problems(archive, architecture, base)
    if problems:
        raise CheckFailed(archive.name, problems)


def find_problems(archive: Path, architecture: Architecture, base: Set[str]) -> list[str]:
    """`base` names the libraries that the base image has. An empty list means: would run."""
    try:
        with zipfile.ZipFile(archive) as layer:
            return list(_problems(layer, architecture, base))
    except (zipfile.BadZipFile, OSError) as error:
        return [f"not a readable zip: {error}"]


def _problems(zipped: zipfile.ZipFile, architecture: Architecture, base: Set[str]) -> Iterator[str]:
    files: dict[str, Elf] = {}
    for entry in zipped.infolist():
        content = zipped.read(entry)
        if content.startswith(MAGIC):
            try:
                files[entry.filename] = read_elf(content)
            except ElfError as error:
                yield f"{entry.filename}: {error}"
    layer = _Layer(architecture=architecture, names=set(zipped.namelist()), files=files, base=base)
    yield from _layout_problems(zipped, layer)
    for name, elf in files.items():
        yield from (f"{name}: {problem}" for problem in _elf_problems(name, elf, layer))


def _layout_problems(zipped: zipfile.ZipFile, layer: _Layer) -> Iterator[str]:
    if INTERPRETER not in layer.files:
        yield f"no interpreter at {INTERPRETER}"
        return
    if not zipped.getinfo(INTERPRETER).external_attr >> 16 & 0o111:
        yield f"{INTERPRETER}: not executable"
    if layer.files[INTERPRETER].loader != layer.architecture.names.loader:
        yield f"{INTERPRETER}: its loader is {layer.files[INTERPRETER].loader}"
    if not any(name.startswith(_LANDMARK) and name.endswith("/os.py") for name in layer.names):
        yield f"no standard library at {_LANDMARK}X"


def _elf_problems(name: str, elf: Elf, layer: _Layer) -> Iterator[str]:
    if elf.machine != layer.architecture.names.elf_machine:
        yield f"built for ELF machine {elf.machine}, not for {layer.architecture}"
    newest = max((_number(version) for version in elf.versions), default=(0,))
    if newest > GLIBC:
        yield f"needs GLIBC_{_dotted(newest)}, provided.al2023 has {_dotted(GLIBC)}"
    for needed in elf.needed:
        yield from _library_problems(name, elf, needed, layer)


def _library_problems(name: str, elf: Elf, needed: str, layer: _Layer) -> Iterator[str]:
    library = posixpath.basename(needed)
    places = {posixpath.normpath(f"{folder}/{library}") for folder in _searched(name, elf, layer)}
    if "/" in needed:
        places = {_expand(needed, name)}
    if places & layer.names or library in layer.base:
        return
    elsewhere = any(posixpath.basename(held) == library for held in layer.names)
    fault = "its search path does not reach" if elsewhere else "is missing"
    yield f"needs {library}, which {fault}"


def _searched(name: str, elf: Elf, layer: _Layer) -> Iterator[str]:
    """man 8 ld.so: RPATH, the executable's too, counts only where there is no RUNPATH."""
    yield from (_expand(path, name) for path in elf.rpath + elf.runpath)
    if not elf.runpath and INTERPRETER in layer.files:
        yield from (_expand(path, INTERPRETER) for path in layer.files[INTERPRETER].rpath)


def _expand(path: str, name: str) -> str:
    folder = posixpath.dirname(name)
    return posixpath.normpath(path.replace("${ORIGIN}", folder).replace("$ORIGIN", folder))


def _number(version: str) -> tuple[int, ...]:
    family, _, number = version.partition("_")
    if family != "GLIBC" or not number[:1].isdigit():
        # GLIBC_PRIVATE and other libraries' versions say nothing about glibc's age.
        return (0,)
    return tuple(int(part) for part in number.split("."))


def _dotted(number: tuple[int, ...]) -> str:
    return ".".join(map(str, number))
