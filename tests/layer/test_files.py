from __future__ import annotations

from pathlib import Path

import pytest

from streambda.layer.files import copy_atomically, copy_without_links


def test_links_become_files_and_broken_links_are_left_out(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "bin").mkdir(parents=True)
    (source / "bin/python3.11").write_text("x")
    (source / "bin/python3").symlink_to("python3.11")
    (source / "broken").symlink_to("/nowhere/at/all")

    copy_without_links(source, tmp_path / "target")

    paths = [path for path in (tmp_path / "target").rglob("*") if not path.is_dir()]
    assert sorted(path.name for path in paths) == ["python3", "python3.11"]
    assert not any(path.is_symlink() for path in paths)


def test_a_copy_replaces_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new")
    (tmp_path / "old").write_text("old")

    copy_atomically(tmp_path / "new", tmp_path / "old")

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "new": "new",
        "old": "new",
    }


def test_a_copy_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("text")
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError, match="folder"):
        copy_atomically(tmp_path / "source", tmp_path / "folder")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "source"]
