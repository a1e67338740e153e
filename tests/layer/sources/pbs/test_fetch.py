"""Downloads that break, continue, are refused or wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from streambda.layer.errors import HashMismatch, LayerError, SourceUnavailable
from streambda.layer.lock import LockedArchive
from streambda.layer.report import Report, say_nothing
from streambda.layer.sources.pbs import fetch
from streambda.layer.sources.pbs.fetch import fetch_archive
from tests.support.release_page import ReleasePage, sha256

BODY = bytes(range(256)) * 40
NAME = "cpython-3.13.tar.gz"


@pytest.fixture
def page(release_page: ReleasePage) -> ReleasePage:
    release_page.body = BODY
    return release_page


def _archive(page: ReleasePage, content: bytes = BODY) -> LockedArchive:
    return LockedArchive(url=page.url, sha256=sha256(content))


def _part(folder: Path) -> Path:
    return folder / f"{sha256(BODY)}.part"


def _fetch(page: ReleasePage, folder: Path, lines: list[str] | None = None) -> Path:
    return fetch_archive(
        _archive(page), folder, Report(say_nothing if lines is None else lines.append)
    )


def test_a_download_with_the_locks_hash_is_kept(tmp_path: Path, page: ReleasePage) -> None:
    path = _fetch(page, tmp_path / "downloads")

    assert path.name == f"{sha256(BODY)}.tar.gz"
    assert path.read_bytes() == BODY
    assert list(path.parent.iterdir()) == [path]


def test_a_download_in_the_cache_is_not_repeated(tmp_path: Path, page: ReleasePage) -> None:
    lines: list[str] = []

    assert _fetch(page, tmp_path, lines) == _fetch(page, tmp_path, lines)

    assert page.ranges == [None]
    assert lines == [f"downloading {NAME}"]


def test_a_download_that_has_changed_in_the_cache_is_replaced(
    tmp_path: Path, page: ReleasePage
) -> None:
    _fetch(page, tmp_path).write_bytes(b"damaged")

    assert _fetch(page, tmp_path).read_bytes() == BODY


def test_a_download_is_shown_to_its_end(tmp_path: Path, page: ReleasePage) -> None:
    seen: list[tuple[str, int, int | None]] = []

    class RecordingReport(Report):
        def show_download(self, name: str, done: int, total: int | None) -> None:
            seen.append((name, done, total))

    fetch_archive(_archive(page), tmp_path, RecordingReport(say_nothing))

    assert seen[-1] == (NAME, len(BODY), len(BODY))


def test_other_bytes_are_an_error_with_both_hashes(tmp_path: Path, page: ReleasePage) -> None:
    page.body = b"sign in to this network"

    with pytest.raises(HashMismatch) as caught:
        _fetch(page, tmp_path)

    message = str(caught.value)
    assert message.startswith(f"{NAME}: its SHA-256 is {sha256(page.body)}, ")
    assert sha256(BODY) in message
    assert "\n" not in message
    assert list(tmp_path.iterdir()) == []


def test_a_broken_connection_is_continued_at_once(tmp_path: Path, page: ReleasePage) -> None:
    page.cuts = [4000, 3000]
    lines: list[str] = []

    assert _fetch(page, tmp_path, lines).read_bytes() == BODY

    assert page.ranges == [None, "bytes=4000-", "bytes=7000-"]
    assert page.sent == len(BODY)
    assert lines[1:] == [f"{NAME}: the connection broke after 0.0 of 0.0 MB"] * 2


def test_a_download_that_keeps_breaking_is_continued_by_the_next_build(
    tmp_path: Path, page: ReleasePage
) -> None:
    page.cuts = [1000] * 4

    with pytest.raises(SourceUnavailable) as caught:
        _fetch(page, tmp_path)

    assert str(caught.value) == (
        f"the download of {NAME} broke after 0.0 of 0.0 MB; run again to continue it"
    )
    assert [path.name for path in tmp_path.iterdir()] == [_part(tmp_path).name]
    assert page.sent == 4000

    assert _fetch(page, tmp_path).read_bytes() == BODY
    assert page.ranges[4:] == ["bytes=4000-"]
    assert page.sent == len(BODY)


def test_how_far_a_download_got_is_in_megabytes(tmp_path: Path, page: ReleasePage) -> None:
    page.body = bytes(2_000_000)
    page.cuts = [1_500_000, 0, 0, 0]

    with pytest.raises(
        SourceUnavailable, match=r"broke after 1\.5 of 2\.0 MB; run again to continue"
    ):
        _fetch(page, tmp_path)


def test_the_error_of_a_server_that_goes_away_says_how_far_the_download_got(
    tmp_path: Path, page: ReleasePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.cuts = [1000]
    page.answer_ranges = False
    answer = page.answer

    def once(*arguments: object) -> None:
        page.status = 200 if not page.ranges else 503
        answer(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(page, "answer", once)

    with pytest.raises(SourceUnavailable) as caught:
        _fetch(page, tmp_path)

    assert str(caught.value) == (
        f"the download of {NAME} broke after 0.0 of 0.0 MB; run again to continue it "
        f"(127.0.0.1 answered 503 for {NAME})"
    )
    assert _part(tmp_path).stat().st_size == 1000


def test_a_break_in_a_body_without_a_length_is_noticed(tmp_path: Path, page: ReleasePage) -> None:
    page.chunked = True
    page.cuts = [5000]
    lines: list[str] = []

    assert _fetch(page, tmp_path, lines).read_bytes() == BODY

    first, second = page.ranges
    assert first is None
    assert second is not None
    assert lines[1] == f"{NAME}: the connection broke after 0.0 MB"


@pytest.mark.parametrize(("answer_ranges", "lie"), [(False, 0), (True, 1)])
def test_an_answer_with_other_bytes_than_asked_for_starts_from_the_beginning(
    tmp_path: Path, page: ReleasePage, answer_ranges: bool, lie: int
) -> None:
    page.answer_ranges, page.lie = answer_ranges, lie
    _part(tmp_path).write_bytes(BODY[:5000])

    assert _fetch(page, tmp_path).read_bytes() == BODY
    assert page.ranges[0] == "bytes=5000-"


def test_a_part_that_is_too_long_is_downloaded_again(tmp_path: Path, page: ReleasePage) -> None:
    _part(tmp_path).write_bytes(BODY + b"more")

    assert _fetch(page, tmp_path).read_bytes() == BODY

    assert page.ranges == [f"bytes={len(BODY) + 4}-", None]
    assert page.sent == len(BODY)


def test_a_damaged_part_is_removed_and_downloaded_again(tmp_path: Path, page: ReleasePage) -> None:
    _part(tmp_path).write_bytes(b"x" * 5000)
    lines: list[str] = []

    assert _fetch(page, tmp_path, lines).read_bytes() == BODY

    assert page.ranges == ["bytes=5000-", None]
    assert (
        lines[1] == f"{NAME}: the part from an earlier download was damaged; downloading it again"
    )


def test_a_build_that_is_stopped_leaves_its_part(tmp_path: Path, page: ReleasePage) -> None:
    class StoppingReport(Report):
        def show_download(self, name: str, done: int, total: int | None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_archive(_archive(page), tmp_path, StoppingReport(say_nothing))

    assert [path.name for path in tmp_path.iterdir()] == [_part(tmp_path).name]
    assert _fetch(page, tmp_path).read_bytes() == BODY


def test_an_error_status_makes_the_source_unavailable(tmp_path: Path, page: ReleasePage) -> None:
    page.status = 404

    with pytest.raises(SourceUnavailable, match=r"^127\.0\.0\.1 answered 404 for cpython-3\.13"):
        _fetch(page, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_host_makes_the_source_unavailable(tmp_path: Path) -> None:
    archive = LockedArchive(url="http://host.invalid/x", sha256="")

    with pytest.raises(SourceUnavailable, match=r"cannot reach host\.invalid"):
        fetch_archive(archive, tmp_path, Report(say_nothing))


def test_a_download_is_bounded(
    tmp_path: Path, page: ReleasePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "MOST_BYTES", len(BODY) - 1)

    with pytest.raises(LayerError, match="expected at most") as raised:
        _fetch(page, tmp_path)
    assert "\n" not in str(raised.value)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < len(BODY)


def test_a_part_that_is_a_link_is_not_followed(tmp_path: Path, page: ReleasePage) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"precious")
    folder = tmp_path / "downloads"
    folder.mkdir()
    _part(folder).symlink_to(other)

    assert _fetch(page, folder).read_bytes() == BODY
    assert other.read_bytes() == b"precious"
