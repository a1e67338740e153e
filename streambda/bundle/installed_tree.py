"""Checks what was installed, before it is taken: no paths of this machine, nothing for another."""

import re
from collections.abc import Iterator
from pathlib import Path

from streambda.bundle.package_target import PackageTarget
from streambda.layer.check.elf_files import GLIBC, highest_glibc
from streambda.layer.elf import MAGIC, ElfError, read_elf

# A line of a .pth file that is a folder, as an editable install writes it.
_FOLDER_LINE = re.compile(r"^(?:/|[A-Za-z]:\\)|__editable__", re.MULTILINE)
# Of a script: the path of this machine's Python, or where that is long, a shell that starts it.
_FIRST_LINES = re.compile(rb"\A#!(?:[^\n]*python[^\n]*\n|/bin/sh\n'''exec'[^\n]*\n' '''\n)")
_PORTABLE = b"#!/usr/bin/env python3\n"
_FOLDER_REQUIREMENT = re.compile(r"^Requires-Dist: .*@\s*file:.*$", re.MULTILINE)


def check_tree(tree: Path, target: PackageTarget, *, built: bool) -> None:
    """Check the packages in `tree`; with `built`, some were built on this machine.

    Raises:
        ValueError: a package is a link to a folder of this machine, or names one; or a library
            that was built would not load on `target`.
    """
    for problem in _find_paths(tree):
        raise ValueError(problem)
    if built and target.architecture is not None:
        for problem in _find_foreign_libraries(tree, target):
            raise ValueError(problem)


def make_scripts_portable(tree: Path) -> None:
    """Take the path of this machine's Python out of the scripts in `tree`."""
    for script in sorted(tree.glob("bin/*")):
        text = script.read_bytes()
        portable = _FIRST_LINES.sub(_PORTABLE, text)
        if portable != text:
            script.write_bytes(portable)


def _find_paths(tree: Path) -> Iterator[str]:
    for file in sorted(tree.glob("*.pth")):
        if _FOLDER_LINE.search(file.read_text("utf-8", errors="replace")):
            yield (
                f"{file.name} is only a link to a folder of this machine, "
                "expected a package that can be installed without its source"
            )
    for file in sorted(tree.glob("*.dist-info/METADATA")):
        if found := _FOLDER_REQUIREMENT.search(file.read_text("utf-8", errors="replace")):
            package = file.parent.name.removesuffix(".dist-info")
            yield (
                f"{package} says {found[0]!r}, a path of this machine, expected the name of a "
                "package in its dependencies and the path in [tool.uv.sources]"
            )


def _find_foreign_libraries(tree: Path, target: PackageTarget) -> Iterator[str]:
    assert target.architecture is not None
    for file in sorted(tree.rglob("*.so*")):
        data = file.read_bytes()
        if data[:4] != MAGIC:
            continue
        try:
            elf = read_elf(data)
        except ElfError as error:
            yield f"{file.relative_to(tree)} would not load on {target}: {error}"
            continue
        newest = tuple(int(part) for part in highest_glibc([elf]).split(".") if part)
        if elf.machine != target.architecture.names.elf_machine:
            yield f"{file.relative_to(tree)} was built for another machine than {target}"
        elif newest > GLIBC:
            yield (
                f"{file.relative_to(tree)} needs glibc {'.'.join(map(str, newest))}, Lambda has "
                f"{'.'.join(map(str, GLIBC))}, expected a wheel, or a build on an older system"
            )
