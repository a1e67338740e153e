"""Downloads an archive of the lock into the cache; a download that broke continues where it was.

The lock's SHA-256 decides what is kept, so that a continued download needs no other proof.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streambda.layer.errors import HashMismatch, LayerError, SourceUnavailable
from streambda.layer.files import file_sha256
from streambda.layer.lock import LockedArchive
from streambda.layer.report import Report, format_amount

# For one connect or read, not for the download: an unreachable host must be given up quickly.
_TIMEOUT_SECONDS = 5
_RETRIES = 3
_CHUNK = 1 << 20

# Release archives have 20 to 130 MB.
MOST_BYTES = 500_000_000


class _ConnectionBroke(Exception):
    """The connection ended before the body did."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        super().__init__()


def fetch_archive(archive: LockedArchive, folder: Path, report: Report) -> Path:
    """Returns its path in `folder`. A download that breaks leaves its part there, to continue."""
    path = folder / finished_name(archive)
    if path.is_file() and file_sha256(path) == archive.sha256:
        return path
    report(f"downloading {archive.name}")
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / partial_name(archive)
    if partial.is_symlink():
        partial.unlink()  # what it leads to is not ours to write
    from_before = partial.exists()
    found = _download(archive, partial, report)
    if found != archive.sha256 and from_before:
        report(
            f"{archive.name}: the part from an earlier download was damaged; downloading it again"
        )
        found = _download(archive, partial, report)
    if found != archive.sha256:
        raise HashMismatch(archive.name, found=found, locked=archive.sha256)
    return partial.replace(path)


def finished_name(archive: LockedArchive) -> str:
    return f"{archive.sha256}.tar.gz"


def partial_name(archive: LockedArchive) -> str:
    return f"{archive.sha256}.part"


def _download(archive: LockedArchive, partial: Path, report: Report) -> str:
    """Returns the SHA-256. `partial` is gone if that is not the archive's."""
    _download_with_retries(archive, partial, report)
    found = file_sha256(partial)
    if found != archive.sha256:
        partial.unlink()
    return found


def _download_with_retries(archive: LockedArchive, partial: Path, report: Report) -> None:
    so_far = ""
    for _ in range(_RETRIES + 1):
        try:
            _continue(archive, partial, report)
            return
        except _ConnectionBroke as broke:
            so_far = format_amount(partial.stat().st_size, broke.total)
            report(f"{archive.name}: the connection broke after {so_far}")
        except SourceUnavailable as error:
            if so_far:
                raise SourceUnavailable(f"{_describe_break(archive, so_far)} ({error})") from error
            raise
    raise SourceUnavailable(_describe_break(archive, so_far))


def _describe_break(archive: LockedArchive, so_far: str) -> str:
    return f"the download of {archive.name} broke after {so_far}; run again to continue it"


def _continue(archive: LockedArchive, partial: Path, report: Report) -> None:
    have = partial.stat().st_size if partial.exists() else 0
    with _request(archive, have) as response:
        if response is not None:
            start = have if _is_rest(response, have) else 0
            _save(response, partial, start, archive.name, report)
            return
    partial.unlink()  # the server has no byte from there on, so the part is not the archive's
    _continue(archive, partial, report)


@contextmanager
def _request(archive: LockedArchive, have: int) -> Iterator[http.client.HTTPResponse | None]:
    """None where the server has no byte from `have` on."""
    host = urllib.parse.urlsplit(archive.url).hostname
    request = urllib.request.Request(archive.url)
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        if have and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            yield None
            return
        raise SourceUnavailable(f"{host} answered {error.code} for {archive.name}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise SourceUnavailable(f"cannot reach {host} ({reason})") from error
    with response:
        yield response


def _is_rest(response: http.client.HTTPResponse, have: int) -> bool:
    """A server may answer with the whole body, or, wrongly, with another range."""
    is_partial = response.status == http.HTTPStatus.PARTIAL_CONTENT
    return is_partial and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")


def _save(
    response: http.client.HTTPResponse, partial: Path, start: int, name: str, report: Report
) -> None:
    length = response.headers.get("Content-Length")
    total = None if length is None else start + int(length)
    done = start
    _check_size(name, total or 0)
    with partial.open("r+b" if start else "wb") as file:
        file.seek(start)
        for chunk in _chunks(response, total):
            file.write(chunk)
            done += len(chunk)
            _check_size(name, done)
            report.show_download(name, done, total)
    # read1(n) ends an incomplete body without an error; the hash would then seem to be wrong.
    if total is not None and done != total:
        raise _ConnectionBroke(total)


def _check_size(name: str, size: int) -> None:
    """Raises LayerError for more than any release has, before the disk is full of it."""
    if size > MOST_BYTES:
        raise LayerError(
            f"{name}: the server sends {size} bytes or more, expected at most {MOST_BYTES}"
        )


def _chunks(response: http.client.HTTPResponse, total: int | None) -> Iterator[bytes]:
    try:
        while chunk := response.read1(_CHUNK):
            yield chunk
    except (OSError, http.client.HTTPException) as error:
        raise _ConnectionBroke(total) from error
