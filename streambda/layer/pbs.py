"""Source `pbs`: a release archive of python-build-standalone, by URL and SHA-256."""

from __future__ import annotations

import hashlib
import http.client
import tarfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from .errors import HashMismatch, LayerError, SourceUnavailable
from .files import copy_plain
from .job import Job, Unpacked
from .lock import Archive
from .unpack import unpack_tar

# Of one connect or read, not of the download: an unreachable host must fall out quickly.
_TIMEOUT_SECONDS = 5
_CHUNK = 1 << 20


def unpack_pbs(job: Job) -> Unpacked:
    pbs = job.recipe.lock.pbs
    archive = pbs.archives[job.architecture]
    path = job.work / "pbs.tar.gz"
    job.report(f"pbs: downloading CPython {pbs.version} ({job.architecture})")
    download(archive, path)
    _extract(path, job.work / "pbs")
    copy_plain(job.work / "pbs/python", job.tree)
    return Unpacked(python=pbs.python)


def download(archive: Archive, path: Path) -> None:
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
