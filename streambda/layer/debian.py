"""Source `debian`: bookworm's packages, the interpreter linked again for glibc 2.34."""

from __future__ import annotations

import shutil
from pathlib import Path

from .apt import download
from .deb import Deb, extract_deb, read_deb
from .errors import HashMismatch
from .files import copy_plain
from .job import Job, Unpacked
from .lock import Package
from .relink import relink, require_zig


def unpack_debian(job: Job) -> Unpacked:
    require_zig()
    debian = job.recipe.lock.debian
    names = job.architecture.names
    job.report(f"debian: downloading {len(debian.packages)} packages ({names.debian}) with apt")
    packages = job.work / "packages"
    for path in download(
        list(debian.packages), architecture=names.debian, suites=debian.suites, folder=job.work
    ):
        deb = read_deb(path)
        compare(debian.packages[deb.name], deb, job)
        extract_deb(path, packages)
    _lay_out(job, packages, debian.python)
    libraries = (packages / "usr/lib" / names.multiarch, packages / "lib" / names.multiarch)
    return Unpacked(python=debian.python, libraries=libraries)


def compare(locked: Package, deb: Deb, job: Job) -> None:
    """A security update is taken and named: the lock's version leaves the mirrors with it."""
    if deb.version != locked.version:
        job.report(f"debian: {deb.name} is {deb.version}, the lock names {locked.version}; taken")
        return
    expected = locked.sha256[job.architecture]
    if deb.sha256 != expected:
        raise HashMismatch(deb.path.name, found=deb.sha256, locked=expected)


def _lay_out(job: Job, packages: Path, python: str) -> None:
    job.report(f"debian: linking the interpreter for {job.architecture.names.zig_target}")
    copy_plain(packages / f"usr/lib/python{python}", job.tree / f"lib/python{python}")
    interpreter = job.tree / "bin/python3"
    interpreter.parent.mkdir()
    shutil.copyfile(relink(job, packages, python), interpreter)
    interpreter.chmod(0o755)
    _copy_licences(packages / "usr/share/doc", job.tree / "licenses")


def _copy_licences(documents: Path, licences: Path) -> None:
    licences.mkdir()
    for folder in sorted(documents.iterdir()):
        if not folder.is_symlink():  # a link: the same text as another package of its source
            shutil.copyfile(folder / "copyright", licences / f"{folder.name}.txt")
