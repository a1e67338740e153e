"""Source `pbs`: a release archive of python-build-standalone, by URL and SHA-256."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.components import cpython_component
from streambda.layer.errors import LayerError, OtherArchive, WrongArchive
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

    Raises WrongArchive for bytes that the lock does not know, OtherArchive for those of another
    release or architecture.
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
    if not pbs.releases:
        raise LayerError(f"{path} is an archive, but the lock names none")
    wanted = pbs.releases.get(python or "", matching[0][0] if matching else _newest(pbs))
    url = wanted.archives[architecture].url
    if matching:
        release, other = matching[0]
        asked = f"Python {python} on {architecture}" if python else architecture
        raise OtherArchive(
            str(path), release=release.version, architecture=other, asked=asked, url=url
        )
    locked = dict(_locked_hashes(pbs, architecture, python))
    raise WrongArchive(str(path), found=found, locked=locked, url=url)


def _newest(pbs: PbsLock) -> PbsRelease:
    return list(pbs.releases.values())[-1]


def _locked_hashes(
    pbs: PbsLock, architecture: Architecture, python: str | None
) -> Iterator[tuple[str, str]]:
    for release in pbs.releases.values():
        if python in (None, release.python):
            archive = release.archives[architecture]
            yield f"{release.python} for {architecture}", archive.sha256
