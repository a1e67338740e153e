from __future__ import annotations

import re
from pathlib import Path

import pytest

from streambda.layer import Architecture, ensure_layer
from streambda.layer.__main__ import FAILED, OK, UNAVAILABLE, main
from streambda.layer.recipe import fingerprint, recipe_folder
from streambda.layer.report import Report
from tests.support.layer_files import (
    ARM64,
    X86_64,
    make_elf,
    make_layer_files,
    write_layer_zip,
)

PYTHON = "python-rt/bin/python3"


def _good(path: Path, python: str = "3.11", machine: int = X86_64) -> Path:
    return write_layer_zip(path, make_layer_files(machine, python))


def test_check_of_a_good_layer_prints_what_was_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _good(tmp_path / "x.zip")

    assert main(["check", str(path), "--arch", "x86_64"]) == OK

    out, err = capsys.readouterr()
    assert err == ""
    assert out == (
        "checked           count  highest GLIBC  result\n"
        "zip entries       4      -              ok\n"
        "interpreter       1      2.34           ok\n"
        "standard library  1      -              ok\n"
        "ELF files         1      2.34           ok\n"
        "licences          1      -              ok\n"
        "SBOM components   1      -              ok\n"
        "Python 3.11.2 for x86_64\n"
    )


def test_check_prints_a_line_for_each_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = make_elf(loader="/lib/ld-musl-x86_64.so.1", needed=["libtk.so"])
    path = write_layer_zip(tmp_path / "x.zip", make_layer_files() | {PYTHON: wrong})

    assert main(["check", str(path), "--arch", "x86_64"]) == FAILED

    out, err = capsys.readouterr()
    assert "interpreter       1      -              FAILED (1)\n" in out
    assert err.splitlines() == [
        f"x.zip: {PYTHON}: its loader is /lib/ld-musl-x86_64.so.1, not /lib64/ld-linux-x86-64.so.2",
        f"x.zip: {PYTHON}: needs libtk.so, which is missing",
    ]


def test_check_of_a_layer_for_the_other_architecture_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _good(tmp_path / "x.zip")

    assert main(["check", str(path), "--arch", "arm64"]) == FAILED

    out, err = capsys.readouterr()
    assert out.splitlines()[1:] == [
        "interpreter  1      -              FAILED (1)",
        "Python 3.11.2 for x86_64",
    ]
    assert err == "x.zip: the layer is for x86_64, not for arm64\n"


def test_check_of_no_zip_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.zip"), "--arch", "arm64"]) == FAILED

    out, err = capsys.readouterr()
    assert "zip entries  0      -              FAILED (1)\n" in out
    assert err.startswith("none.zip: not a readable zip: ")
    assert err.count("\n") == 1


def test_build_prints_the_path_from_the_cache(
    cache: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = f"python-x86_64-pbs-3.13-{fingerprint(recipe_folder())}.zip"
    (cache / "layer").mkdir(parents=True)
    layer = _good(cache / "layer" / name, "3.13")

    assert main(["build", "--arch", "x86_64"]) == OK
    out, err = capsys.readouterr()
    assert out == f"{layer}\n"
    sizes = r"0\.0 MB zipped, 0\.0 MB unzipped"
    assert re.fullmatch(rf"{layer}: Python 3\.13\.2, {sizes}, \d+\.\d s\n", err)

    copy = tmp_path / "copy.zip"
    assert main(["build", "--arch", "x86_64", "--out", str(copy)]) == OK
    assert capsys.readouterr().out == f"{copy}\n"
    assert copy.read_bytes() == layer.read_bytes()


def test_build_locked_does_not_use_a_layer_that_may_be_newer(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = fingerprint(recipe_folder())
    (cache / "layer").mkdir(parents=True)
    _good(cache / "layer" / f"python-x86_64-debian-3.11-{key}.zip")
    locked = _good(cache / "layer" / f"python-x86_64-debian-3.11-locked-{key}.zip")

    assert main(["build", "--arch", "x86_64", "--python", "3.11", "--locked"]) == OK

    assert capsys.readouterr().out == f"{locked}\n"


def test_a_path_that_cannot_be_written_is_an_error_of_one_line(
    cache: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = f"python-arm64-debian-3.11-{fingerprint(recipe_folder())}.zip"
    (cache / "layer").mkdir(parents=True)
    _good(cache / "layer" / name, machine=ARM64)
    arguments = ["build", "--arch", "arm64", "--python", "3.11"]

    assert main([*arguments, "--out", str(tmp_path / "no/x.zip")]) == FAILED

    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.usefixtures("cache")
def test_without_any_source_the_exit_code_is_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    arguments = ["build", "--arch", "arm64", "--source", "debian", "--python", "3.11"]
    assert main(arguments) == UNAVAILABLE

    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("no source for the arm64 Python 3.11 layer: debian: ")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["build"],
        ["build", "--arch", "i386"],
        ["build", "--arch", "arm64", "--source", "podman"],
        ["check"],
        ["clean", "x.zip"],
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
    debian = _good(cache / "layer" / f"python-x86_64-debian-3.11-{key}.zip")

    assert ensure_layer(Architecture.X86_64, python="3.11") == debian


def test_the_steps_and_the_last_line_go_to_the_callers_report(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (cache / "layer").mkdir(parents=True)
    _good(cache / "layer" / f"python-x86_64-pbs-3.12-{fingerprint(recipe_folder())}.zip", "3.12")
    lines: list[str] = []

    arguments = ["build", "--arch", "x86_64", "--python", "3.12"]
    assert main(arguments, report=Report(lines.append)) == OK

    assert "MB zipped" in lines[-1]
    assert capsys.readouterr().err == ""
