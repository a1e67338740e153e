"""Source `debian`: bookworm's packages, the interpreter linked again for glibc 2.34."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from streambda.layer.architecture import Architecture
from streambda.layer.errors import HashMismatch, LayerError, VersionMismatch
from streambda.layer.files import copy_plain
from streambda.layer.job import Job, Unpacked
from streambda.layer.lock import Package
from streambda.layer.pack.sbom import Component, cpython, file_sha256
from streambda.layer.sources.debian.apt import download
from streambda.layer.sources.debian.deb import Deb, extract_deb, read_deb
from streambda.layer.sources.debian.relink import relink, require_zig

_DOCUMENTS = "usr/share/doc"
_LICENCES = "licenses"


def unpack_debian(job: Job) -> Unpacked:
    require_zig()
    debian = job.recipe.lock.debian
    names = job.architecture.names
    job.report(f"debian: downloading {len(debian.packages)} packages ({names.debian}) with apt")
    packages = job.work / "packages"
    debs: list[Deb] = []
    for path in download(
        list(debian.packages), architecture=names.debian, suites=debian.suites, folder=job.work
    ):
        deb = read_deb(path)
        compare(debian.packages[deb.name], deb, job)
        extract_deb(path, packages)
        debs.append(deb)
    _lay_out(job, packages, debian.python)
    libraries = (packages / "usr/lib" / names.multiarch, packages / "lib" / names.multiarch)
    return Unpacked(
        python=debian.python,
        components=(
            _interpreter(debs, job),
            *components(debs, packages / _DOCUMENTS, job.architecture),
        ),
        libraries=libraries,
    )


def compare(locked: Package, deb: Deb, job: Job) -> None:
    """A security update is taken and named, because the lock's version leaves the mirrors with it.

    Not so where the job is `locked`.
    """
    if deb.version != locked.version:
        if job.locked:
            raise VersionMismatch(deb.name, found=deb.version, locked=locked.version)
        job.report(f"debian: {deb.name} is {deb.version}, the lock names {locked.version}; taken")
        return
    expected = locked.sha256[job.architecture]
    if deb.sha256 != expected:
        raise HashMismatch(deb.path.name, found=deb.sha256, locked=expected)


def components(debs: Iterable[Deb], documents: Path, architecture: Architecture) -> list[Component]:
    return [
        Component(
            kind="library",
            name=deb.name,
            version=deb.version,
            purl=f"pkg:deb/debian/{deb.name}@{quote(deb.version, safe=':')}"
            f"?arch={architecture.names.debian}&distro=bookworm",
            sha256=deb.sha256,
            licence=f"{_LICENCES}/{_licence(deb, documents)}.txt",
        )
        for deb in debs
    ]


def _licence(deb: Deb, documents: Path) -> str:
    folder = (documents / deb.name).resolve()
    if not (folder / "copyright").is_file():
        raise LayerError(f"{deb.name}: no copyright file; lock the package that has it")
    return folder.name


def _interpreter(debs: Iterable[Deb], job: Job) -> Component:
    """Linked here, so that its hash is the file's own."""
    library = f"libpython{job.recipe.lock.debian.python}-dev"
    (version,) = (deb.version for deb in debs if deb.name == library)
    return cpython(version.partition("-")[0], file_sha256(job.tree / "bin/python3"))


def _lay_out(job: Job, packages: Path, python: str) -> None:
    job.report(f"debian: linking the interpreter for {job.architecture.names.zig_target}")
    stdlib = job.tree / f"lib/python{python}"
    copy_plain(packages / f"usr/lib/python{python}", stdlib)
    # A link to the file that sysconfig reads: upstream's name for it, which nothing here uses.
    for path in stdlib.glob("_sysconfigdata__linux_*.py"):
        path.unlink()
    interpreter = job.tree / "bin/python3"
    interpreter.parent.mkdir()
    shutil.copyfile(relink(job, packages, python), interpreter)
    interpreter.chmod(0o755)
    _copy_licences(packages / _DOCUMENTS, job.tree / _LICENCES)


def _copy_licences(documents: Path, licences: Path) -> None:
    licences.mkdir()
    for folder in sorted(documents.iterdir()):
        if not folder.is_symlink():  # a link: the same text as another package of its source
            shutil.copyfile(folder / "copyright", licences / f"{folder.name}.txt")
