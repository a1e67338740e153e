"""Checks whether a finished layer would run on provided.al2023: one row for each kind of thing."""

from __future__ import annotations

import json
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.check.contents import INTERPRETER, SBOM, LayerContents, read_contents
from streambda.layer.check.elf_files import find_elf_problems, highest_glibc
from streambda.layer.errors import CheckFailed
from streambda.layer.layout import LICENCES, TREE, stdlib
from streambda.layer.text_table import format_table

_STDLIB = f"{TREE}/{stdlib('3.')}"
_LICENCES = (f"{TREE}/LICENSE", f"{TREE}/{LICENCES}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A row of the table that `check` prints."""

    checked: str
    count: int
    glibc: str = ""  # the highest version that is needed
    problems: tuple[str, ...] = ()


def require_runnable(
    archive: Path, architecture: Architecture, base_image_libraries: Set[str]
) -> None:
    """Raises CheckFailed, with every problem."""
    if problems := find_problems(archive, architecture, base_image_libraries):
        raise CheckFailed(archive.name, problems)


def find_problems(
    archive: Path, architecture: Architecture, base_image_libraries: Set[str]
) -> list[str]:
    """An empty list means that the layer would run."""
    return list_problems(check_layer(archive, architecture, base_image_libraries))


def check_layer(
    archive: Path, architecture: Architecture, base_image_libraries: Set[str]
) -> list[CheckResult]:
    try:
        layer = read_contents(archive, architecture, base_image_libraries)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, ValueError) as error:
        # RuntimeError: it is encrypted, or packed in a way that zipfile does not know.
        return [_result("zip entries", 0, [f"not a readable zip: {error}"])]
    # One line, not one for each of its files.
    if (problem := _find_other_architecture(layer)) is not None:
        return [_result("interpreter", 1, [problem])]
    return [
        _result("zip entries", len(layer.entries), _find_mode_problems(layer)),
        _check_interpreter(layer),
        _check_standard_library(layer),
        _check_elf_files(layer),
        _check_licences(layer),
        _check_sbom(layer),
    ]


def _find_other_architecture(layer: LayerContents) -> str | None:
    elf = layer.elf_files.get(INTERPRETER)
    found = Architecture.of_machine(elf.machine) if elf is not None else None
    if found in (None, layer.architecture):
        return None
    return f"the layer is for {found}, not for {layer.architecture}"


def list_problems(results: Iterable[CheckResult]) -> list[str]:
    return [problem for result in results for problem in result.problems]


def format_results(results: Sequence[CheckResult]) -> str:
    """The table that `check` prints."""
    rows = [(row.checked, str(row.count), row.glibc or "-", _verdict(row)) for row in results]
    return format_table([("checked", "count", "highest GLIBC", "result"), *rows])


def _verdict(result: CheckResult) -> str:
    return f"FAILED ({len(result.problems)})" if result.problems else "ok"


def _result(checked: str, count: int, problems: Iterable[str], glibc: str = "") -> CheckResult:
    shown = tuple(_escape(problem) for problem in problems)
    return CheckResult(checked=checked, count=count, problems=shown, glibc=glibc)


def _escape(text: str) -> str:
    """Names in a zip are anybody's: a terminal must not obey them."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def _find_mode_problems(layer: LayerContents) -> Iterator[str]:
    for entry in layer.entries:
        mode = entry.external_attr >> 16
        # The mode of a link means nothing (man 7 symlink).
        if mode & stat.S_IWOTH and not stat.S_ISLNK(mode):
            yield f"{entry.filename}: everyone may write to it (mode {stat.S_IMODE(mode):04o})"


def _check_interpreter(layer: LayerContents) -> CheckResult:
    elf = layer.elf_files.get(INTERPRETER)
    if elf is None:
        return _result("interpreter", 0, [f"no interpreter at {INTERPRETER}"])
    problems = []
    modes = [e.external_attr >> 16 for e in layer.entries if e.filename == INTERPRETER]
    if not all(mode & 0o111 for mode in modes):
        problems.append(f"{INTERPRETER}: not executable")
    if elf.loader != layer.architecture.names.loader:
        problems.append(
            f"{INTERPRETER}: its loader is {elf.loader}, not {layer.architecture.names.loader}"
        )
    return _result("interpreter", 1, problems, highest_glibc([elf]))


def _check_standard_library(layer: LayerContents) -> CheckResult:
    names = [name for name in layer.names if name.startswith(_STDLIB)]
    found = any(name.endswith("/os.py") for name in names)
    problems = [] if found else [f"no standard library at {_STDLIB}X"]
    return _result("standard library", len(names), problems)


def _check_elf_files(layer: LayerContents) -> CheckResult:
    count = len(layer.elf_files) + len(layer.damaged)
    glibc = highest_glibc(layer.elf_files.values())
    return _result("ELF files", count, find_elf_problems(layer), glibc)


def _check_licences(layer: LayerContents) -> CheckResult:
    found = [e for e in layer.entries if e.filename.startswith(_LICENCES) and e.file_size]
    file, folder = _LICENCES
    problem = f"no licence: no file {file}* and none in {folder} has a text"
    return _result("licences", len(found), [] if found else [problem])


def _check_sbom(layer: LayerContents) -> CheckResult:
    components = _read_components(layer)
    return _result("SBOM components", len(components), _find_sbom_problems(layer, components))


def _read_components(layer: LayerContents) -> list[tuple[str, list[str]]]:
    """(name, licence files) of each; empty where there is no CycloneDX document."""
    try:
        document = json.loads(layer.sbom or b"{}")
        entries = document["components"] if document["bomFormat"] == "CycloneDX" else []
        return [(entry["name"], _licence_files(entry)) for entry in entries]
    except (RecursionError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _licence_files(entry: Mapping[str, list[Mapping[str, str]]]) -> list[str]:
    references = entry.get("externalReferences", [])
    return [reference["url"] for reference in references if reference["type"] == "license"]


def _find_sbom_problems(
    layer: LayerContents, components: Sequence[tuple[str, list[str]]]
) -> Iterator[str]:
    if layer.sbom is None:
        yield f"no bill of materials at {SBOM}"
    elif not components:
        yield f"{SBOM}: not a CycloneDX document with components"
    for name, licence_files in components:
        for file in licence_files:
            if f"{TREE}/{file}" not in layer.names:
                yield f"{SBOM}: the licence of {name}, {file}, is missing"
