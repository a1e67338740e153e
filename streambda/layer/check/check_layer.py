"""What a finished layer must be to run on provided.al2023: one row for each kind of thing."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.check.bill_of_materials import read_components, sbom_problems
from streambda.layer.check.contents import INTERPRETER, LayerContents, open_layer
from streambda.layer.check.elf_files import elf_problems, highest_glibc
from streambda.layer.errors import CheckFailed
from streambda.layer.text_table import table

_LANDMARK = "python-rt/lib/python3."
_LICENCES = ("python-rt/LICENSE", "python-rt/licenses/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    checked: str
    count: int
    glibc: str = ""  # the highest version asked for
    problems: tuple[str, ...] = ()


def require_runnable(archive: Path, architecture: Architecture, base: Set[str]) -> None:
    problems = find_problems(archive, architecture, base)
    if problems:
        raise CheckFailed(archive.name, problems)


def find_problems(archive: Path, architecture: Architecture, base: Set[str]) -> list[str]:
    """`base` names the libraries that the base image has. An empty list means: would run."""
    return problems_of(inspect(archive, architecture, base))


def inspect(archive: Path, architecture: Architecture, base: Set[str]) -> list[Row]:
    try:
        layer = open_layer(archive, architecture, base)
    except (zipfile.BadZipFile, zlib.error, OSError) as error:
        return [_row("zip entries", 0, [f"not a readable zip: {error}"])]
    return [
        _row("zip entries", len(layer.entries), _mode_problems(layer)),
        _interpreter(layer),
        _standard_library(layer),
        _elf_files(layer),
        _licences(layer),
        _sbom(layer),
    ]


def problems_of(rows: Iterable[Row]) -> list[str]:
    return [problem for row in rows for problem in row.problems]


def summary(rows: Sequence[Row]) -> str:
    """The table that `check` prints."""
    lines = [(row.checked, str(row.count), row.glibc or "-", _result(row)) for row in rows]
    return table([("checked", "count", "highest GLIBC", "result"), *lines])


def _result(row: Row) -> str:
    return f"FAILED ({len(row.problems)})" if row.problems else "ok"


def _row(checked: str, count: int, problems: Iterable[str], glibc: str = "") -> Row:
    return Row(checked=checked, count=count, problems=tuple(problems), glibc=glibc)


def _mode_problems(layer: LayerContents) -> Iterator[str]:
    for entry in layer.entries:
        mode = entry.external_attr >> 16
        # The mode of a link means nothing (man 7 symlink).
        if mode & stat.S_IWOTH and not stat.S_ISLNK(mode):
            yield f"{entry.filename}: everyone may write to it (mode {stat.S_IMODE(mode):04o})"


def _interpreter(layer: LayerContents) -> Row:
    elf = layer.files.get(INTERPRETER)
    if elf is None:
        return _row("interpreter", 0, [f"no interpreter at {INTERPRETER}"])
    problems = []
    modes = [e.external_attr >> 16 for e in layer.entries if e.filename == INTERPRETER]
    if not all(mode & 0o111 for mode in modes):
        problems.append(f"{INTERPRETER}: not executable")
    if elf.loader != layer.architecture.names.loader:
        problems.append(f"{INTERPRETER}: its loader is {elf.loader}")
    return _row("interpreter", 1, problems, highest_glibc([elf]))


def _standard_library(layer: LayerContents) -> Row:
    names = [name for name in layer.names if name.startswith(_LANDMARK)]
    found = any(name.endswith("/os.py") for name in names)
    return _row(
        "standard library", len(names), [] if found else [f"no standard library at {_LANDMARK}X"]
    )


def _elf_files(layer: LayerContents) -> Row:
    count = len(layer.files) + len(layer.damaged)
    return _row("ELF files", count, elf_problems(layer), highest_glibc(layer.files.values()))


def _licences(layer: LayerContents) -> Row:
    found = [e for e in layer.entries if e.filename.startswith(_LICENCES) and e.file_size]
    problem = "no licence: neither python-rt/LICENSE* nor python-rt/licenses/ holds a text"
    return _row("licences", len(found), [] if found else [problem])


def _sbom(layer: LayerContents) -> Row:
    components = read_components(layer)
    return _row("SBOM components", len(components), sbom_problems(layer, components))
