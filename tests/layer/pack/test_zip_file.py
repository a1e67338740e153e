from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from streambda.layer.pack.zip_file import write_zip


def _tree(folder: Path) -> Path:
    for name in ("b.txt", "a/tool", "a/c.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (folder / "a/tool").chmod(0o700)
    (folder / "empty").mkdir()
    return folder


def test_names_are_sorted_and_modes_plain(tmp_path: Path) -> None:
    write_zip(_tree(tmp_path / "root"), tmp_path / "x.zip")

    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        modes = {e.filename: oct(e.external_attr >> 16) for e in archive.infolist()}
        assert list(modes) == ["a/c.txt", "a/tool", "b.txt", "empty/"]
        assert modes["a/tool"] == "0o100755"
        assert modes["a/c.txt"] == "0o100644"
        assert modes["empty/"] == "0o40755"
        assert {e.date_time for e in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_times_and_other_mode_bits_do_not_reach_the_zip(tmp_path: Path) -> None:
    first, second = _tree(tmp_path / "1"), _tree(tmp_path / "2")
    os.utime(second / "b.txt", (1, 1))
    (second / "b.txt").chmod(0o600)

    write_zip(first, tmp_path / "1.zip")
    write_zip(second, tmp_path / "2.zip")

    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_a_link_is_refused(tmp_path: Path) -> None:
    root = _tree(tmp_path / "root")
    (root / "link").symlink_to("b.txt")

    with pytest.raises(ValueError, match="a link in the layer: link"):
        write_zip(root, tmp_path / "x.zip")
