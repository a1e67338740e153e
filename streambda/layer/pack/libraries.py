"""Settles python-rt/lib: what is needed, directly or not, is bundled; what is not, goes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from streambda.layer.elf import MAGIC, read_elf


def settle_libraries(tree: Path, folders: Sequence[Path]) -> None:
    """A library of the tree wins over one of `folders`. What neither has is left to `check`."""
    lib = tree / "lib"
    held = {path.name: path for folder in (*folders, lib) for path in _shared_objects(folder)}
    wanted: dict[str, Path] = {}
    todo = list(_elf_files_besides(tree, lib))
    while todo:
        for name in needed_names(todo.pop().read_bytes()):
            if name in held and name not in wanted:
                wanted[name] = held[name]
                todo.append(held[name])
    _apply(lib, wanted)


def needed_names(data: bytes) -> tuple[str, ...]:
    """Some builds write NEEDED as a path ($ORIGIN/../lib/libpython3.13.so.1.0)."""
    return tuple(PurePosixPath(name).name for name in read_elf(data).needed)


def _apply(lib: Path, wanted: dict[str, Path]) -> None:
    for path in _shared_objects(lib):
        if path.name not in wanted:
            path.unlink()
    for name, path in wanted.items():
        if path.parent != lib:
            shutil.copyfile(path, lib / name)


def _shared_objects(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.so*") if path.is_file()]


def _elf_files_besides(tree: Path, lib: Path) -> Iterator[Path]:
    for path in tree.rglob("*"):
        if path.parent != lib and path.is_file() and _is_elf(path):
            yield path


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC
