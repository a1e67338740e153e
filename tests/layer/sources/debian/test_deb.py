from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from streambda.layer.errors import LayerError
from streambda.layer.sources.debian.ar import read_members
from streambda.layer.sources.debian.deb import read_deb, unpack_deb
from tests.support.layer_files import make_ar, make_deb


def test_members_are_found_after_odd_sizes() -> None:
    data = make_ar({"odd": b"123", "even": b"1234"})

    found = {
        member.name: data[member.start : member.start + member.size]
        for member in read_members(data)
    }

    assert found == {"odd": b"123", "even": b"1234"}


def test_another_file_is_no_archive() -> None:
    with pytest.raises(LayerError, match="not an ar archive"):
        list(read_members(b"PK\x03\x04"))


def test_an_archive_cut_short_is_refused() -> None:
    whole = make_ar({"a": b"1234"})

    for size in range(9, len(whole)):
        with pytest.raises(LayerError, match="cut short"):
            list(read_members(whole[:size]))


def test_a_package_says_its_name_version_and_hash(tmp_path: Path) -> None:
    path = tmp_path / "x.deb"
    path.write_bytes(make_deb("zlib1g", "1:1.2.13", {}))

    read = read_deb(path)

    assert (read.name, read.version) == ("zlib1g", "1:1.2.13")
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_package_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.deb"
    path.write_bytes(make_deb("a", "1", {})[:150])

    with pytest.raises(LayerError, match=r"x\.deb: not a Debian package"):
        read_deb(path)


def test_a_package_without_control_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.deb"
    path.write_bytes(make_ar({"debian-binary": b"2.0\n"}))

    with pytest.raises(LayerError, match=r"has no control\.tar"):
        read_deb(path)


def test_links_to_the_build_machine_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.deb"
    links = {"./usr/lib/libx.so": "/lib/libx.so.1", "./usr/lib/libx.so.1": "libx.so.1.2"}
    path.write_bytes(make_deb("libx", "1", {"./usr/lib/libx.so.1.2": b"x"}, links))

    unpack_deb(path, tmp_path / "out")

    assert sorted(p.name for p in (tmp_path / "out/usr/lib").iterdir()) == [
        "libx.so.1",
        "libx.so.1.2",
    ]
