"""Lays out what came from Amazon Linux 2023's image: paths of the image in, a layer's tree out."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from streambda.layer.components import Owner
from streambda.layer.errors import LayerError
from streambda.layer.files import copy_plain
from streambda.layer.job import Job, Unpacked
from streambda.layer.pack.sbom import LICENCE, Component, cpython, file_sha256
from streambda.layer.sources.docker.inside_al2023 import OWNERS
from streambda.layer.sources.docker.platlibdir import stdlib_in_lib

_LICENCES = "usr/share/licenses"


def lay_out(job: Job, image: Path) -> Unpacked:
    if not (image / OWNERS).is_file():
        raise LayerError(f"docker: the archive from the container has no {OWNERS}: it was cut")
    python, libraries = job.python, image / "usr/lib64"
    copy_plain(libraries / f"python{python}", job.tree / f"lib/python{python}")
    interpreter = job.tree / "bin/python3"
    interpreter.parent.mkdir()
    shutil.copyfile(image / f"usr/bin/python{python}", interpreter)
    interpreter.chmod(0o755)
    for path in libraries.glob(f"libpython{python}.so*"):
        if not path.is_symlink():
            path.write_bytes(stdlib_in_lib(path.read_bytes(), path.name))
    _leave_to_the_base_image(libraries, job.recipe.base_image_libraries)
    owners = dict(_owners(image, python))
    _keep_cpythons_licence(image / _LICENCES / f"python{python}-libs", job.tree)
    version = owners["python3"].component.version.partition("-")[0]
    return Unpacked(
        python=python,
        components=(cpython(version, file_sha256(interpreter)),),
        libraries=(libraries,),
        owners=owners,
    )


def _leave_to_the_base_image(libraries: Path, names: Iterable[str]) -> None:
    for name in names:
        (libraries / name).unlink(missing_ok=True)


def _owners(image: Path, python: str) -> Iterator[tuple[str, Owner]]:
    """Yields (file name in the layer, package)."""
    for line in (image / OWNERS).read_text(encoding="utf-8").splitlines():
        name, version, machine, terms, path = line.split("\t")
        if path == f"/usr/bin/python{python}":
            yield "python3", _owner(image, name, version, machine, terms)
        elif ".so" in path:
            yield Path(path).name, _owner(image, name, version, machine, terms)


def _owner(image: Path, name: str, version: str, machine: str, terms: str) -> Owner:
    folder = image / _LICENCES / name
    texts = tuple(sorted(path for path in folder.glob("**/*") if path.is_file()))
    component = Component(
        kind="library",
        name=name,
        version=version,
        purl=f"pkg:rpm/amzn/{name}@{quote(version)}?arch={machine}&distro=amzn-2023",
        terms=terms,
        licence=f"licenses/{name}.txt" if texts else None,
    )
    return Owner(component=component, licences=texts)


def _keep_cpythons_licence(folder: Path, tree: Path) -> None:
    text = folder / "LICENSE"
    if text.is_file():
        shutil.copyfile(text, tree / LICENCE)
