"""Source `pbs`: a release archive of python-build-standalone, by URL and SHA-256."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from streambda.layer.architecture import Architecture
from streambda.layer.errors import WrongArchive
from streambda.layer.files import copy_plain
from streambda.layer.job import Job, Unpacked
from streambda.layer.lock import Pbs, Release
from streambda.layer.pack.sbom import cpython, file_sha256
from streambda.layer.tarball import unpack_file

# The release's full archives list them, in PYTHON.json; `install_only_stripped` has no such file.
_UNLISTED = "libraries linked into the release archive (OpenSSL, SQLite, zlib, Expat and others)"


def unpack_pbs(job: Job) -> Unpacked:
    release = job.recipe.lock.pbs.releases[job.python]
    archive = release.archives[job.architecture]
    if job.archive is None:
        job.report(f"pbs: taking CPython {release.version} ({job.architecture})")
        from streambda.layer.sources.pbs.fetch import (
            fetch,  # HTTP and TLS: 30 ms of every synthesis, for what is rare
        )

        path = fetch(archive, job.downloads, job.report)
    else:
        job.report(f"pbs: taking CPython {release.version} ({job.architecture}) from {job.archive}")
        path = job.archive
    unpack_file(path, job.work / "pbs")
    copy_plain(job.work / "pbs/python", job.tree)
    component = cpython(release.version.partition("+")[0], archive.sha256, url=archive.url)
    return Unpacked(python=release.python, components=(component,), unlisted=_UNLISTED)


def release_of(
    path: Path, pbs: Pbs, architecture: Architecture, *, python: str | None = None
) -> Release:
    """The release whose archive the file is, among all of the lock, or those of `python`.

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
    locked = dict(_locked(pbs, architecture, python))
    advice = [f"--arch {other} --python {release.python}" for release, other in matching]
    url = pbs.releases[python or pbs.default].archives[architecture].url
    raise WrongArchive(str(path), found=found, locked=locked, advice=advice, url=url)


def _locked(pbs: Pbs, architecture: Architecture, python: str | None) -> Iterator[tuple[str, str]]:
    for release in pbs.releases.values():
        if python in (None, release.python):
            archive = release.archives[architecture]
            yield f"{release.python} for {architecture}", archive.sha256
