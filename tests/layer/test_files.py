from __future__ import annotations

from pathlib import Path

from streambda.layer.files import copy_plain


def test_links_become_files_and_broken_links_go(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "bin").mkdir(parents=True)
    (source / "bin/python3.11").write_text("x")
    (source / "bin/python3").symlink_to("python3.11")
    (source / "broken").symlink_to("/nowhere/at/all")

    copy_plain(source, tmp_path / "target")

    paths = [path for path in (tmp_path / "target").rglob("*") if not path.is_dir()]
    assert sorted(path.name for path in paths) == ["python3", "python3.11"]
    assert not any(path.is_symlink() for path in paths)
