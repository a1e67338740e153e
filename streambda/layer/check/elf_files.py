"""Looks at a layer's ELF files as Lambda's loader would, and says what would not run there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from streambda.layer.check.contents import INTERPRETER, LayerContents
from streambda.layer.elf import Elf

GLIBC = (2, 34)  # provided.al2023
_DOTTED = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})*")


def find_elf_problems(layer: LayerContents) -> Iterator[str]:
    yield from (f"{name}: {reason}" for name, reason in layer.damaged.items())
    for name, elf in layer.elf_files.items():
        yield from (f"{name}: {problem}" for problem in _find_file_problems(name, elf, layer))


def highest_glibc(files: Iterable[Elf]) -> str:
    """The newest glibc that any of the files needs, "" where none needs any."""
    newest = max((_newest_glibc(elf) for elf in files), default=(0,))
    return _dotted(newest) if newest > (0,) else ""


def _find_file_problems(name: str, elf: Elf, layer: LayerContents) -> Iterator[str]:
    if elf.machine != layer.architecture.names.elf_machine:
        yield f"built for ELF machine {elf.machine}, not for {layer.architecture}"
    newest = _newest_glibc(elf)
    if newest > GLIBC:
        yield f"needs GLIBC_{_dotted(newest)}, provided.al2023 has {_dotted(GLIBC)}"
    for needed in elf.needed:
        yield from _find_library_problems(name, elf, needed, layer)


def _find_library_problems(name: str, elf: Elf, needed: str, layer: LayerContents) -> Iterator[str]:
    library = posixpath.basename(needed)
    folders = _search_path(name, elf, layer)
    places = {posixpath.normpath(f"{folder}/{library}") for folder in folders}
    if "/" in needed:
        places = {_expand(needed, name)}
    if places & layer.names or library in layer.base_image_libraries:
        return
    elsewhere = any(posixpath.basename(name) == library for name in layer.names)
    reason = "its search path does not reach" if elsewhere else "is missing"
    yield f"needs {library}, which {reason}"


def _search_path(name: str, elf: Elf, layer: LayerContents) -> Iterator[str]:
    """man 8 ld.so: RPATH, the executable's too, counts only where there is no RUNPATH."""
    yield from (_expand(path, name) for path in elf.rpath + elf.runpath)
    if not elf.runpath and INTERPRETER in layer.elf_files:
        yield from (_expand(path, INTERPRETER) for path in layer.elf_files[INTERPRETER].rpath)


def _expand(path: str, name: str) -> str:
    folder = posixpath.dirname(name)
    return posixpath.normpath(path.replace("${ORIGIN}", folder).replace("$ORIGIN", folder))


def _newest_glibc(elf: Elf) -> tuple[int, ...]:
    return max((_number(version) for version in elf.versions), default=(0,))


def _number(version: str) -> tuple[int, ...]:
    family, _, number = version.partition("_")
    if family != "GLIBC" or not _DOTTED.fullmatch(number):
        # GLIBC_PRIVATE and other libraries' versions say nothing about glibc's age.
        return (0,)
    return tuple(int(part) for part in number.split("."))


def _dotted(number: tuple[int, ...]) -> str:
    return ".".join(map(str, number))
