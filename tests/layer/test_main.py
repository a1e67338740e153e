from __future__ import annotations

from pathlib import Path

import pytest

from streambda.layer import Architecture
from streambda.layer.__main__ import FAILED, OK, UNAVAILABLE, main
from streambda.layer.build import ensure_layer_from
from streambda.layer.recipe import fingerprint, recipe_folder
from tests.layer.elf_writer import interpreter, layer_zip


def _good(path: Path) -> Path:
    return layer_zip(
        path, {"python-rt/bin/python3": interpreter(), "python-rt/lib/python3.11/os.py": b""}
    )


def test_check_of_a_good_layer_is_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _good(tmp_path / "x.zip")

    assert main(["check", str(path), "--arch", "x86_64"]) == OK

    assert capsys.readouterr() == ("", "")


def test_check_names_what_is_wrong_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _good(tmp_path / "x.zip")

    assert main(["check", str(path), "--arch", "arm64"]) == FAILED

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("x.zip: python-rt/bin/python3: its loader is ")
    assert err.count("\n") == 1


def test_build_prints_the_path_from_the_cache(
    cache: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = f"python-x86_64-pbs-{fingerprint(recipe_folder())}.zip"
    (cache / "layer").mkdir(parents=True)
    kept = _good(cache / "layer" / name)

    assert main(["build", "--arch", "x86_64"]) == OK
    assert capsys.readouterr().out == f"{kept}\n"

    copy = tmp_path / "copy.zip"
    assert main(["build", "--arch", "x86_64", "--out", str(copy)]) == OK
    assert capsys.readouterr().out == f"{copy}\n"
    assert copy.read_bytes() == kept.read_bytes()


def test_a_place_that_cannot_be_written_is_one_line(
    cache: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = f"python-arm64-debian-{fingerprint(recipe_folder())}.zip"
    (cache / "layer").mkdir(parents=True)
    _good(cache / "layer" / name)

    assert main(["build", "--arch", "arm64", "--out", str(tmp_path / "no/x.zip")]) == FAILED

    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.usefixtures("cache")
def test_no_source_in_reach_has_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert main(["build", "--arch", "arm64", "--source", "debian"]) == UNAVAILABLE

    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("no source for the arm64 Python layer: debian: ")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["build"],
        ["build", "--arch", "i386"],
        ["build", "--arch", "arm64", "--source", "docker"],
        ["check"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    assert "usage: python -m streambda.layer" in capsys.readouterr().err


def test_the_cached_layer_of_an_earlier_source_comes_first(cache: Path) -> None:
    (cache / "layer").mkdir(parents=True)
    key = fingerprint(recipe_folder())
    debian = _good(cache / "layer" / f"python-x86_64-debian-{key}.zip")

    path = ensure_layer_from(
        recipe_folder(), Architecture.X86_64, sources=["pbs", "debian"], report=lambda _: None
    )

    assert path == debian
