"""Source `pbs`: a release archive of python-build-standalone, by URL and SHA-256."""

from __future__ import annotations

import hashlib
import http.client
import tarfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from .architecture import Architecture
from .errors import HashMismatch, LayerError, SourceUnavailable, WrongArchive
from .files import copy_plain
from .job import Job, Unpacked
from .lock import Archive, Pbs
from .sbom import cpython, file_sha256
from .unpack import unpack_tar

# Of one connect or read, not of the download: an unreachable host must fall out quickly.
_TIMEOUT_SECONDS = 5
_CHUNK = 1 << 20


def unpack_pbs(job: Job) -> Unpacked:
    pbs = job.recipe.lock.pbs
    archive = pbs.archives[job.architecture]
    path = job.archive or job.work / "pbs.tar.gz"
    if job.archive is None:
        job.report(f"pbs: downloading CPython {pbs.version} ({job.architecture})")
        download(archive, path)
    else:
        job.report(f"pbs: taking CPython {pbs.version} ({job.architecture}) from {path}")
        require_locked(path, pbs, job.architecture)
    _extract(path, job.work / "pbs")
    copy_plain(job.work / "pbs/python", job.tree)
    component = cpython(pbs.version.partition("+")[0], archive.sha256, url=archive.url)
    return Unpacked(python=pbs.python, components=(component,))


def require_locked(path: Path, pbs: Pbs, architecture: Architecture) -> None:
    found = file_sha256(path)
    archive = pbs.archives[architecture]
    if found != archive.sha256:
        locked = {str(name): entry.sha256 for name, entry in pbs.archives.items()}
        raise WrongArchive(
            str(path), found=found, architecture=architecture, locked=locked, url=archive.url
        )


def download(archive: Archive, path: Path) -> None:
    """Nothing lies at `path`, or beside it, but whole and with the lock's hash."""
    partial = path.with_name(f"{path.name}.part")
    try:
        _download(archive, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _download(archive: Archive, path: Path) -> None:
    host = urllib.parse.urlsplit(archive.url).hostname
    try:
        with urllib.request.urlopen(archive.url, timeout=_TIMEOUT_SECONDS) as response:
            found = _save(response, path)
    except urllib.error.HTTPError as error:
        error.close()
        raise SourceUnavailable(f"{host} answers {error.code} for {_name(archive)}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise SourceUnavailable(f"cannot reach {host} ({reason})") from error
    if found != archive.sha256:
        raise HashMismatch(_name(archive), found=found, locked=archive.sha256)


def _save(response: http.client.HTTPResponse, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        while chunk := response.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    _require_whole(response, path.stat().st_size)
    return digest.hexdigest()


def _require_whole(response: http.client.HTTPResponse, size: int) -> None:
    """read(n) ends a cut body without an error; its hash would then take the blame."""
    announced = response.headers.get("Content-Length")
    if announced is not None and int(announced) != size:
        raise http.client.IncompleteRead(b"", int(announced) - size)


def _extract(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path) as tar:
            unpack_tar(tar, folder)
    except (tarfile.TarError, EOFError) as error:
        raise LayerError(f"{path.name}: cannot be unpacked: {error}") from error


def _name(archive: Archive) -> str:
    return archive.url.rpartition("/")[2]
