"""Downloads a locked archive into the cache; one that is cut goes on where it stopped.

The lock's SHA-256 decides what is kept, so that a resumed download needs no other proof.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streambda.layer.errors import HashMismatch, SourceUnavailable
from streambda.layer.lock import Archive
from streambda.layer.pack.sbom import file_sha256
from streambda.layer.report import Report, amount

# Of one connect or read, not of the download: an unreachable host must fall out quickly.
_TIMEOUT_SECONDS = 5
_RESUMPTIONS = 3
_CHUNK = 1 << 20


class _Cut(Exception):
    """The connection ended before the body did."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        super().__init__()


def fetch(archive: Archive, folder: Path, report: Report) -> Path:
    """The archive's place in `folder`, which keeps it, or what came of it, for the next time."""
    path = folder / finished_name(archive)
    if path.is_file() and file_sha256(path) == archive.sha256:
        return path
    report(f"downloading {archive.name}")
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / partial_name(archive)
    from_before = partial.exists()
    found = _download(archive, partial, report)
    if found != archive.sha256 and from_before:
        report(f"{archive.name}: the part from an earlier download was damaged; starting over")
        found = _download(archive, partial, report)
    if found != archive.sha256:
        raise HashMismatch(archive.name, found=found, locked=archive.sha256)
    return partial.replace(path)


def finished_name(archive: Archive) -> str:
    return f"{archive.sha256}.tar.gz"


def partial_name(archive: Archive) -> str:
    return f"{archive.sha256}.part"


def _download(archive: Archive, partial: Path, report: Report) -> str:
    """Returns the SHA-256. `partial` is gone if that is not the archive's."""
    _complete(archive, partial, report)
    found = file_sha256(partial)
    if found != archive.sha256:
        partial.unlink()
    return found


def _complete(archive: Archive, partial: Path, report: Report) -> None:
    so_far = ""
    for _ in range(_RESUMPTIONS + 1):
        try:
            _go_on(archive, partial, report)
            return
        except _Cut as cut:
            so_far = amount(partial.stat().st_size, cut.total)
            report(f"{archive.name}: cut at {so_far}")
        except SourceUnavailable as error:
            if so_far:
                raise SourceUnavailable(f"{_how_far(archive, so_far)} ({error})") from error
            raise
    raise SourceUnavailable(_how_far(archive, so_far))


def _how_far(archive: Archive, so_far: str) -> str:
    return f"the download of {archive.name} was cut at {so_far}; run again to resume it"


def _go_on(archive: Archive, partial: Path, report: Report) -> None:
    have = partial.stat().st_size if partial.exists() else 0
    with _opened(archive, have) as response:
        if response is not None:
            start = have if _continues(response, have) else 0
            _save(response, partial, start, archive.name, report)
            return
    partial.unlink()  # the server has nothing from there on, so this is not the archive's
    _go_on(archive, partial, report)


@contextmanager
def _opened(archive: Archive, have: int) -> Iterator[http.client.HTTPResponse | None]:
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
        raise SourceUnavailable(f"{host} answers {error.code} for {archive.name}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise SourceUnavailable(f"cannot reach {host} ({reason})") from error
    with response:
        yield response


def _continues(response: http.client.HTTPResponse, have: int) -> bool:
    """A server may answer with the whole body, or, wrongly, with another range."""
    given = response.headers.get("Content-Range", "")
    return response.status == http.HTTPStatus.PARTIAL_CONTENT and given.startswith(f"bytes {have}-")


def _save(
    response: http.client.HTTPResponse, partial: Path, start: int, name: str, report: Report
) -> None:
    announced = response.headers.get("Content-Length")
    total = None if announced is None else start + int(announced)
    done = start
    with partial.open("r+b" if start else "wb") as file:
        file.seek(start)
        for chunk in _chunks(response, total):
            file.write(chunk)
            done += len(chunk)
            report.progress(name, done, total)
    # read1(n) ends a cut body without an error; its hash would then take the blame.
    if total is not None and done != total:
        raise _Cut(total)


def _chunks(response: http.client.HTTPResponse, total: int | None) -> Iterator[bytes]:
    try:
        while chunk := response.read1(_CHUNK):
            yield chunk
    except (OSError, http.client.HTTPException) as error:
        raise _Cut(total) from error
