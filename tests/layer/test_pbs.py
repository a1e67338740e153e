from __future__ import annotations

from pathlib import Path

import pytest

from streambda.layer import pbs
from streambda.layer.architecture import Architecture
from streambda.layer.errors import HashMismatch, LayerError, SourceUnavailable
from streambda.layer.job import Job
from streambda.layer.lock import Archive
from streambda.layer.pbs import download, unpack_pbs
from streambda.layer.recipe import read_recipe
from tests.layer.conftest import RecipeWithPbs, ReleasePage, sha256


def test_a_download_with_the_locks_hash_is_kept(tmp_path: Path, release_page: ReleasePage) -> None:
    release_page.body = b"archive"

    download(Archive(url=release_page.url, sha256=sha256(b"archive")), tmp_path / "x")

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"archive"]


def test_other_bytes_are_an_error_with_both_hashes(
    tmp_path: Path, release_page: ReleasePage
) -> None:
    release_page.body = b"sign in to this network"
    expected = sha256(b"archive")

    with pytest.raises(HashMismatch) as caught:
        download(Archive(url=release_page.url, sha256=expected), tmp_path / "x")

    message = str(caught.value)
    assert message.startswith("cpython-3.13.tar.gz: SHA-256 is")
    assert sha256(release_page.body) in message
    assert expected in message
    assert "\n" not in message
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_makes_the_source_fall_out(tmp_path: Path, release_page: ReleasePage) -> None:
    release_page.status = 404

    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1 answers 404 for cpython-3\.13"):
        download(Archive(url=release_page.url, sha256=""), tmp_path / "x")


def test_a_cut_download_makes_the_source_fall_out(
    tmp_path: Path, release_page: ReleasePage
) -> None:
    release_page.body, release_page.announce = b"archi", 2

    with pytest.raises(SourceUnavailable, match=r"cannot reach 127\.0\.0\.1 \(IncompleteRead"):
        download(Archive(url=release_page.url, sha256=sha256(b"archi")), tmp_path / "x")

    assert list(tmp_path.iterdir()) == []


def test_a_download_that_is_stopped_leaves_nothing_behind(
    tmp_path: Path, release_page: ReleasePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_page.body = b"archive"

    def stop(*_: object) -> None:
        assert (tmp_path / "x.part").stat().st_size == len(b"archive")
        raise KeyboardInterrupt

    monkeypatch.setattr(pbs, "_require_whole", stop)

    with pytest.raises(KeyboardInterrupt):
        download(Archive(url=release_page.url, sha256=""), tmp_path / "x")

    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_host_makes_the_source_fall_out(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"cannot reach host\.invalid"):
        download(Archive(url="http://host.invalid/x", sha256=""), tmp_path / "x")


def test_an_archive_that_is_none_is_an_error(
    tmp_path: Path, release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs
) -> None:
    release_page.body = b"not a tar archive"
    recipe = read_recipe(recipe_with_pbs(release_page.url, sha256(release_page.body)))
    job = Job(architecture=Architecture.ARM64, recipe=recipe, work=tmp_path)

    with pytest.raises(LayerError, match="cannot be unpacked"):
        unpack_pbs(job)
