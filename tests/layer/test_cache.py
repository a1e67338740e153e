from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from streambda.layer.cache import cache_folder, fresh_folder, hold_lock
from streambda.layer.errors import LayerError


def test_the_cache_is_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STREAMBDA_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / "home/.cache/streambda"

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg/streambda"

    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "deep/x.lock"

    with hold_lock(path), path.open("w") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)

    with path.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_fresh_folder_is_empty_and_is_removed_even_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.building"
    path.mkdir()
    (path / "left by a killed build").touch()

    with pytest.raises(ZeroDivisionError), fresh_folder(path) as folder:
        1 / len(list(folder.iterdir()))

    assert not path.exists()


@pytest.mark.parametrize("kind", ["link", "link to nothing", "folder", "pipe", "no folder"])
def test_a_lock_is_a_file_of_our_own(kind: str, tmp_path: Path) -> None:
    path, other = tmp_path / "x.lock", tmp_path / "other"
    if kind == "link":
        other.write_text("precious")
        path.symlink_to(other)
    elif kind == "link to nothing":
        path.symlink_to(other)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        (tmp_path / "file").touch()
        path = tmp_path / "file/x.lock"

    with pytest.raises(LayerError, match="cannot lock") as raised, hold_lock(path):
        pass
    assert "\n" not in str(raised.value)
    assert other.read_text() == "precious" if kind == "link" else not other.exists()


def test_digests_are_kept_by_the_lock(tmp_path: Path) -> None:
    path, one, two = tmp_path / "x.lock", tmp_path / "one.zip", tmp_path / "two.zip"
    path.write_text("what an older version has written\n")
    one.touch()
    with hold_lock(path) as digests:
        assert digests.find(one) is None
        digests.set(one, "0" * 64)
        digests.set(one, "1" * 64)
        digests.set(two, "2" * 64)
    with hold_lock(path) as digests:
        assert digests.find(one) == "1" * 64
        assert digests.find(two) is None  # there is no such file


def test_a_fresh_folder_takes_the_place_of_a_link(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious").touch()
    (tmp_path / "x.building").symlink_to(other)

    with fresh_folder(tmp_path / "x.building") as folder:
        (folder / "new").touch()

    assert [path.name for path in other.iterdir()] == ["precious"]
