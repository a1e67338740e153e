from __future__ import annotations

import io
import os
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest

from streambda.layer import unpack
from streambda.layer.errors import LayerError
from streambda.layer.unpack import unpack_tar, unpack_tar_file


def _tar(*entries: tuple[str, bytes, str]) -> tarfile.TarFile:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind, target in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.mode = kind, target, 0o755
            archive.addfile(entry)
    return tarfile.open(fileobj=io.BytesIO(buffer.getvalue()))


@pytest.mark.parametrize("filters", [True, False], ids=["filters", "python-3.11.2"])
@pytest.mark.filterwarnings("ignore:Python 3.14 will:DeprecationWarning")
def test_only_what_stays_inside_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filters: bool
) -> None:
    monkeypatch.setattr(unpack, "_FILTER", {"filter": "data"} if filters else {})
    entries = [
        ("./bin/tool", tarfile.REGTYPE, ""),
        ("bin/same", tarfile.LNKTYPE, "bin/tool"),
        ("lib/near", tarfile.SYMTYPE, "../bin/tool"),
        ("lib/absolute", tarfile.SYMTYPE, "/bin/tool"),
        ("lib/far", tarfile.SYMTYPE, "../../bin/tool"),
        ("lib/hard", tarfile.LNKTYPE, "../bin/tool"),
        ("../outside", tarfile.REGTYPE, ""),
        ("/tmp/outside", tarfile.REGTYPE, ""),
        ("dev/null", tarfile.CHRTYPE, ""),
    ]

    with _tar(*entries) as tar:
        unpack_tar(tar, tmp_path / "out")

    found = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if not p.is_dir()}
    assert found == {"out/bin/tool", "out/bin/same", "out/lib/near"}


CHAINS: dict[str, list[tuple[str, bytes, str]]] = {
    "a link to here": [("here", tarfile.SYMTYPE, "."), ("here/up", tarfile.SYMTYPE, "..")],
    "a link in a folder": [
        ("a/b", tarfile.DIRTYPE, ""),
        ("short", tarfile.SYMTYPE, "a/b"),
        ("up", tarfile.SYMTYPE, "short/.."),
        ("far", tarfile.SYMTYPE, "a/../short/../../.."),
    ],
    "a folder that was a link": [
        ("way", tarfile.SYMTYPE, "deep/deeper"),
        ("way/up", tarfile.SYMTYPE, "../../.."),
    ],
}


@pytest.mark.parametrize("filters", [True, False], ids=["filters", "python-3.11.2"])
@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.filterwarnings("ignore:Python 3.14 will:DeprecationWarning")
def test_several_links_do_not_lead_outside_together(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filters: bool
) -> None:
    monkeypatch.setattr(unpack, "_FILTER", {"filter": "data"} if filters else {})
    ends = [(f"{link}/evil", tarfile.REGTYPE, "") for link, kind, _ in CHAINS[name] if kind == b"2"]
    with _tar(*CHAINS[name], *ends) as tar, suppress(tarfile.TarError, OSError):
        unpack_tar(tar, tmp_path / "out")

    outside = [path for path in tmp_path.iterdir() if path.name != "out"]
    assert outside == []
    for path in (tmp_path / "out").rglob("*"):
        assert path.resolve().is_relative_to(tmp_path / "out")


@pytest.mark.parametrize("filters", [True, False], ids=["filters", "python-3.11.2"])
@pytest.mark.filterwarnings("ignore:Python 3.14 will:DeprecationWarning")
def test_nobody_gets_rights_by_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filters: bool
) -> None:
    monkeypatch.setattr(unpack, "_FILTER", {"filter": "data"} if filters else {})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, mode in (("suid", 0o6777), ("hidden", 0o000), ("tool", 0o755)):
            entry = tarfile.TarInfo(name)
            entry.mode, entry.uid, entry.gid, entry.uname = mode, 12345, 12345, "nobody"
            archive.addfile(entry)
    buffer.seek(0)
    with tarfile.open(fileobj=buffer) as tar:
        unpack_tar(tar, tmp_path)

    found = {path.name: path.stat() for path in tmp_path.iterdir()}
    assert {name: one.st_mode & 0o7777 for name, one in found.items()} == {
        "suid": 0o755,
        "hidden": 0o600,
        "tool": 0o755,
    }
    assert {one.st_uid for one in found.values()} == {os.getuid()}


def test_an_archive_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "MOST_BYTES", 10)
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("a", "b"):
            entry = tarfile.TarInfo(name)
            entry.size = 6
            archive.addfile(entry, io.BytesIO(b"123456"))

    with pytest.raises(LayerError, match="more than 10 bytes"):
        unpack_tar_file(path, tmp_path / "out")


@pytest.mark.parametrize(
    "data", [b"", b"no tar", b"\x1f\x8b\x08broken", b"\xfd7zXZ\0broken", b"BZh9x"]
)
def test_what_is_no_archive_is_one_line(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(data)
    with pytest.raises(LayerError, match=r"x\.tar: cannot be unpacked") as raised:
        unpack_tar_file(path, tmp_path / "out")
    assert "\n" not in str(raised.value)
