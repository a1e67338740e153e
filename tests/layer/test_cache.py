from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from streambda.layer.cache import cache_folder, fresh_folder, hold_lock


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
