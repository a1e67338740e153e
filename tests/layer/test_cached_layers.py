from __future__ import annotations

from pathlib import Path

import pytest

from streambda.layer.__main__ import OK, main
from streambda.layer.cached_layers import format_cached_layers
from streambda.layer.recipe import fingerprint, recipe_folder

KEY = "0123456789abcdef"


def test_each_layer_of_the_cache_is_a_line(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = cache / "layer"
    folder.mkdir(parents=True)
    first = folder / f"python-arm64-debian-3.11-locked-{KEY}.zip"
    second = folder / f"python-x86_64-pbs-3.13-{fingerprint(recipe_folder())}.zip"
    before = folder / f"python-x86_64-pbs-{KEY}.zip"
    first.write_bytes(bytes(12_340_000))
    for path in (second, before):
        path.write_bytes(b"")

    assert main(["list"]) == OK

    out, err = capsys.readouterr()
    assert err == ""
    header, *lines = out.splitlines()
    assert header.split() == ["file", "architecture", "python", "source", "recipe", "size"]
    assert sorted(line.split(maxsplit=3) for line in lines) == sorted(
        [
            [str(first), "arm64", "3.11", "debian, locked  older    12.3 MB"],
            [str(second), "x86_64", "3.13", "pbs             current  0.0 MB"],
            [str(before), "x86_64", "-", "pbs             older    0.0 MB"],
        ]
    )


@pytest.mark.usefixtures("cache")
def test_an_empty_cache_is_listed_as_a_header_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == OK

    assert capsys.readouterr() == ("file  architecture  python  source  recipe  size\n", "")


@pytest.mark.parametrize(
    "name",
    [
        "x86_64.lock",
        "other.zip",
        f"python-riscv-pbs-3.13-{KEY}.zip",
        f"python-arm64-pbs-2.7-{KEY}.zip",
        f"python-arm64-pbs-3.13-{KEY}.zip.part",
    ],
)
def test_other_files_are_not_listed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    assert format_cached_layers(tmp_path, KEY).count("\n") == 1
