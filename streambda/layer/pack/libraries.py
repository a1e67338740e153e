"""Bundles the shared libraries that the layer needs, and the licences of their packages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from streambda.layer.components import Component, FileOwner
from streambda.layer.elf import MAGIC, read_elf


def bundle_libraries(tree: Path, folders: Sequence[Path]) -> None:
    """Leaves in `tree`/lib what is needed, directly or not: adds it, and removes the rest.

    A library of the tree wins over one of `folders`. What neither has is left to `check`.
    """
    lib = tree / "lib"
    available = {path.name: path for folder in (*folders, lib) for path in _shared_objects(folder)}
    needed: dict[str, Path] = {}
    unread = list(_elf_files_outside_lib(tree, lib))
    while unread:
        for name in _needed_names(unread.pop().read_bytes()):
            if name in available and name not in needed:
                needed[name] = available[name]
                unread.append(available[name])
    _replace_libraries(lib, needed)


def keep_package_licences(tree: Path, owners: Mapping[str, FileOwner]) -> tuple[Component, ...]:
    """Writes into `tree` the licences of the packages that its files are from.

    `owners` says by file name which package a file is from. Returns the packages.
    """
    files = sorted([*tree.glob("bin/*"), *tree.glob("lib/*.so*")])
    packages = dict.fromkeys(owners[path.name] for path in files if path.name in owners)
    for package in packages:
        _keep_licence(tree, package)
    return tuple(package.component for package in packages)


def _needed_names(data: bytes) -> tuple[str, ...]:
    """Some builds write NEEDED as a path ($ORIGIN/../lib/libpython3.13.so.1.0)."""
    return tuple(PurePosixPath(name).name for name in read_elf(data).needed)


def _replace_libraries(lib: Path, needed: Mapping[str, Path]) -> None:
    for path in _shared_objects(lib):
        if path.name not in needed:
            path.unlink()
    for name, path in needed.items():
        if path.parent != lib:
            shutil.copyfile(path, lib / name)


def _shared_objects(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.so*") if path.is_file()]


def _elf_files_outside_lib(tree: Path, lib: Path) -> Iterator[Path]:
    for path in tree.rglob("*"):
        if path.parent != lib and path.is_file() and _is_elf(path):
            yield path


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _keep_licence(tree: Path, package: FileOwner) -> None:
    if package.component.licence_file is None:
        return
    target = tree / package.component.licence_file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"\n".join(path.read_bytes() for path in package.licence_texts))
