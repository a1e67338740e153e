from __future__ import annotations

from pathlib import Path

import pytest

from streambda.layer.__main__ import OK, main
from streambda.layer.listing import listing

KEY = "0123456789abcdef"


def test_each_layer_of_the_cache_is_a_line(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = cache / "layer"
    folder.mkdir(parents=True)
    first = folder / f"python-arm64-debian-locked-{KEY}.zip"
    second = folder / f"python-x86_64-pbs-{KEY}.zip"
    first.write_bytes(bytes(12_340_000))
    second.write_bytes(b"")

    assert main(["list"]) == OK

    out, err = capsys.readouterr()
    assert err == ""
    header, *lines = out.splitlines()
    assert header.split() == ["file", "architecture", "source", "size"]
    assert [line.split(maxsplit=2) for line in lines] == [
        [str(first), "arm64", "debian, locked  12.3 MB"],
        [str(second), "x86_64", "pbs             0.0 MB"],
    ]


@pytest.mark.usefixtures("cache")
def test_an_empty_cache_is_a_header_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == OK

    assert capsys.readouterr() == ("file  architecture  source  size\n", "")


@pytest.mark.parametrize(
    "name",
    ["x86_64.lock", "other.zip", f"python-riscv-pbs-{KEY}.zip", f"python-arm64-pbs-{KEY}.zip.part"],
)
def test_other_files_are_left_out(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    assert listing(tmp_path).count("\n") == 1
