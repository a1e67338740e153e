"""Lays out the files from Amazon Linux 2023's image: paths of the image in, a layer's tree out."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from streambda.layer.components import Component, FileOwner, cpython_component
from streambda.layer.errors import LayerError
from streambda.layer.files import copy_without_links, file_sha256
from streambda.layer.job import BuildJob, UnpackedPython
from streambda.layer.layout import LICENCE, LICENCES
from streambda.layer.sources.docker.inside_al2023 import OWNERS

_LICENCES = "usr/share/licenses"

# C strings in libpython, of the same length.
_LIB64 = b"lib64\0"
_LIB = b"lib\0\0\0"


def lay_out(job: BuildJob, image: Path) -> UnpackedPython:
    if not (image / OWNERS).is_file():
        raise LayerError(
            f"docker: the archive from the container is incomplete: it has no {OWNERS}"
        )
    python, libraries = job.python, image / "usr/lib64"
    copy_without_links(libraries / f"python{python}", job.stdlib)
    job.interpreter.parent.mkdir()
    shutil.copyfile(image / f"usr/bin/python{python}", job.interpreter)
    job.interpreter.chmod(0o755)
    for path in libraries.glob(f"libpython{python}.so*"):
        if not path.is_symlink():
            path.write_bytes(move_stdlib_to_lib(path.read_bytes(), path.name))
    _remove_base_image_libraries(libraries, job.recipe.base_image_libraries)
    owners = dict(_read_owners(image, python))
    _copy_cpython_licence(image / _LICENCES / f"python{python}-libs", job.tree)
    version = owners["python3"].component.version.partition("-")[0]
    return UnpackedPython(
        components=(cpython_component(version, file_sha256(job.interpreter)),),
        library_folders=(libraries,),
        owners=owners,
    )


def move_stdlib_to_lib(libpython: bytes, name: str) -> bytes:
    """Makes a Python that was configured with --with-platlibdir=lib64 look for its library in lib/.

    CPython looks for <prefix>/<platlibdir>/python3.X/os.py. The name is compiled in, as a C string
    of libpython (PLATLIBDIR, which Modules/getpath.c passes to getpath.py). PYTHONPLATLIBDIR would
    do the same, but -I ignores it, and a layer must need no environment variable. Other bytes in
    that place change sys.platlibdir, and the search with it: tried with CPython 3.11.
    """
    if _LIB64 not in libpython:
        raise LayerError(f"{name}: has no string lib64, so its library cannot be moved to lib/")
    # Linkers share the ends of strings: /usr/lib64 may be the same bytes, and /usr/lib works too.
    return libpython.replace(_LIB64, _LIB)


def _remove_base_image_libraries(libraries: Path, names: Iterable[str]) -> None:
    for name in names:
        (libraries / name).unlink(missing_ok=True)


def _read_owners(image: Path, python: str) -> Iterator[tuple[str, FileOwner]]:
    """Yields (file name in the layer, package)."""
    for line in (image / OWNERS).read_text(encoding="utf-8").splitlines():
        name, version, machine, licence, path = line.split("\t")
        if path == f"/usr/bin/python{python}":
            yield "python3", _make_owner(image, name, version, machine, licence)
        elif ".so" in path:
            yield Path(path).name, _make_owner(image, name, version, machine, licence)


def _make_owner(image: Path, name: str, version: str, machine: str, licence: str) -> FileOwner:
    folder = image / _LICENCES / name
    texts = tuple(sorted(path for path in folder.glob("**/*") if path.is_file()))
    component = Component(
        kind="library",
        name=name,
        version=version,
        purl=f"pkg:rpm/amzn/{name}@{quote(version)}?arch={machine}&distro=amzn-2023",
        licence_name=licence,
        licence_file=f"{LICENCES}/{name}.txt" if texts else None,
    )
    return FileOwner(component=component, licence_texts=texts)


def _copy_cpython_licence(folder: Path, tree: Path) -> None:
    text = folder / "LICENSE"
    if text.is_file():
        shutil.copyfile(text, tree / LICENCE)
