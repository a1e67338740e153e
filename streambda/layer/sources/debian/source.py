"""Source `debian`: bookworm's packages, the interpreter linked again for glibc 2.34."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from streambda.layer.architecture import Architecture
from streambda.layer.components import Component, cpython_component
from streambda.layer.errors import HashMismatch, LayerError, VersionMismatch
from streambda.layer.files import copy_without_links, file_sha256
from streambda.layer.job import BuildJob, UnpackedPython
from streambda.layer.layout import LICENCES
from streambda.layer.lock import LockedPackage
from streambda.layer.sources.debian.apt import download_packages
from streambda.layer.sources.debian.deb import Deb, read_deb, unpack_deb
from streambda.layer.sources.debian.relink import relink, require_zig

_DOCUMENTS = "usr/share/doc"


def unpack_debian(job: BuildJob) -> UnpackedPython:
    require_zig()
    debian = job.recipe.lock.debian
    names = job.architecture.names
    job.report(f"debian: downloading {len(debian.packages)} packages ({names.debian}) with apt")
    packages = job.work / "packages"
    debs: list[Deb] = []
    for path in download_packages(
        list(debian.packages), architecture=names.debian, suites=debian.suites, folder=job.work
    ):
        deb = read_deb(path)
        check_against_lock(debian.packages[deb.name], deb, job)
        unpack_deb(path, packages)
        debs.append(deb)
    _lay_out(job, packages)
    libraries = (packages / "usr/lib" / names.multiarch, packages / "lib" / names.multiarch)
    return UnpackedPython(
        components=(
            _interpreter_component(debs, job),
            *package_components(debs, packages / _DOCUMENTS, job.architecture),
        ),
        library_folders=libraries,
    )


def check_against_lock(locked: LockedPackage, deb: Deb, job: BuildJob) -> None:
    """A security update is accepted and reported: the mirrors then drop the lock's version.

    Raises VersionMismatch for it where the job is `locked`, and HashMismatch for other bytes.
    """
    if deb.version != locked.version:
        if job.locked:
            raise VersionMismatch(deb.name, found=deb.version, locked=locked.version)
        job.report(
            f"debian: {deb.name} has version {deb.version}, accepted instead of the lock's "
            f"{locked.version}"
        )
        return
    expected = locked.sha256[job.architecture]
    if deb.sha256 != expected:
        raise HashMismatch(deb.path.name, found=deb.sha256, locked=expected)


def package_components(
    debs: Iterable[Deb], documents: Path, architecture: Architecture
) -> list[Component]:
    return [
        Component(
            kind="library",
            name=deb.name,
            version=deb.version,
            purl=f"pkg:deb/debian/{deb.name}@{quote(deb.version, safe=':')}"
            f"?arch={architecture.names.debian}&distro=bookworm",
            sha256=deb.sha256,
            licence_file=f"{LICENCES}/{_licence_name(deb, documents)}.txt",
        )
        for deb in debs
    ]


def _licence_name(deb: Deb, documents: Path) -> str:
    folder = (documents / deb.name).resolve()
    if not (folder / "copyright").is_file():
        raise LayerError(f"{deb.name}: no copyright file; add the package that has it to the lock")
    return folder.name


def _interpreter_component(debs: Iterable[Deb], job: BuildJob) -> Component:
    """It is linked here, so its hash is the hash of the file itself."""
    library = f"libpython{job.python}-dev"
    (version,) = (deb.version for deb in debs if deb.name == library)
    return cpython_component(version.partition("-")[0], file_sha256(job.interpreter))


def _lay_out(job: BuildJob, packages: Path) -> None:
    job.report(f"debian: linking the interpreter for {job.architecture.names.zig_target}")
    copy_without_links(packages / f"usr/lib/python{job.python}", job.stdlib)
    # Links with upstream's name for the file that sysconfig reads; nothing here uses that name.
    for path in job.stdlib.glob("_sysconfigdata__linux_*.py"):
        path.unlink()
    job.interpreter.parent.mkdir()
    shutil.copyfile(relink(job, packages), job.interpreter)
    job.interpreter.chmod(0o755)
    _copy_licences(packages / _DOCUMENTS, job.tree / LICENCES)


def _copy_licences(documents: Path, licences: Path) -> None:
    licences.mkdir()
    for folder in sorted(documents.iterdir()):
        if not folder.is_symlink():  # a link: another package of the same source has the text
            shutil.copyfile(folder / "copyright", licences / f"{folder.name}.txt")
