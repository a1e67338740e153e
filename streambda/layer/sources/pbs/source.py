"""Source `pbs`: a release archive of python-build-standalone, by URL and SHA-256."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.components import cpython_component
from streambda.layer.errors import WrongArchive
from streambda.layer.files import copy_without_links, file_sha256
from streambda.layer.job import BuildJob, UnpackedPython
from streambda.layer.lock import PbsLock, PbsRelease
from streambda.layer.unpack import unpack_tar_file

# The release's full archives list them, in PYTHON.json; `install_only_stripped` has no such file.
_UNLISTED = "libraries linked into the release archive (OpenSSL, SQLite, zlib, Expat and others)"


def unpack_pbs(job: BuildJob) -> UnpackedPython:
    release = job.recipe.lock.pbs.releases[job.python]
    archive = release.archives[job.architecture]
    if job.archive is None:
        job.report(f"pbs: using CPython {release.version} ({job.architecture})")
        # HTTP and TLS: 30 ms of every synthesis, for what is rare.
        from streambda.layer.sources.pbs.fetch import fetch_archive

        path = fetch_archive(archive, job.downloads, job.report)
    else:
        job.report(f"pbs: using CPython {release.version} ({job.architecture}) from {job.archive}")
        path = job.archive
    unpack_tar_file(path, job.work / "pbs")
    copy_without_links(job.work / "pbs/python", job.tree)
    version = release.version.partition("+")[0]
    component = cpython_component(version, archive.sha256, url=archive.url)
    return UnpackedPython(components=(component,), unlisted=_UNLISTED)


def find_release(
    path: Path, pbs: PbsLock, architecture: Architecture, *, python: str | None = None
) -> PbsRelease:
    """Finds by its hash the release that the file is from; `python` None: any of the lock's.

    Raises WrongArchive.
    """
    found = file_sha256(path)
    matching = [
        (release, other)
        for release in pbs.releases.values()
        for other, archive in release.archives.items()
        if archive.sha256 == found
    ]
    for release, other in matching:
        if other == architecture and python in (None, release.python):
            return release
    locked = dict(_locked_hashes(pbs, architecture, python))
    advice = [f"--arch {other} --python {release.python}" for release, other in matching]
    url = pbs.releases[python or pbs.default_python].archives[architecture].url
    raise WrongArchive(str(path), found=found, locked=locked, advice=advice, url=url)


def _locked_hashes(
    pbs: PbsLock, architecture: Architecture, python: str | None
) -> Iterator[tuple[str, str]]:
    for release in pbs.releases.values():
        if python in (None, release.python):
            archive = release.archives[architecture]
            yield f"{release.python} for {architecture}", archive.sha256
