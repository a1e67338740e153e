"""Code for another architecture is named before anything fails."""

import struct
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from streambda.local.environments.foreign_code import describe_foreign_code
from streambda.local.environments.interpreter import Machine
from tests.support.local_functions import WORDS

ARM, X86 = Machine("Linux", "arm64"), Machine("Linux", "x86_64")
E_MACHINE = {"x86_64": 0x3E, "arm64": 0xB7}


def elf(architecture: str) -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, E_MACHINE[architecture])


def write(place: Path, files: dict[str, bytes]) -> Path:
    if place.suffix == ".zip":
        with ZipFile(place, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return place
    for name, data in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    place.mkdir(exist_ok=True)
    return place


@pytest.mark.parametrize("kind", ["code", "code.zip"])
@pytest.mark.parametrize(
    ("built_for", "machine", "files", "said"),
    [
        ("arm64", X86, {"pyd/core.so": elf("arm64")}, "pyd/core.so cannot be loaded here"),
        ("x86_64", ARM, {"pyd/core.so": elf("x86_64")}, "Architecture.ARM_64"),
        ("arm64", X86, {"lib/libz.so.1": elf("arm64")}, "lib/libz.so.1 cannot be loaded here"),
        (
            "arm64",
            X86,
            {f"{n}.so": elf("arm64") for n in "abcde"},
            "a.so, b.so, c.so and 2 more cannot be loaded here",
        ),
        # Pure Python, which runs anywhere.
        ("arm64", X86, {"app.py": b"pass", "bootstrap": b"#!/bin/sh"}, None),
        # An app that is synthesised here gets packages for this machine, whatever it deploys.
        ("arm64", X86, {"core.so": elf("x86_64")}, None),
        ("x86_64", X86, {"core.so": elf("x86_64")}, None),
        ("arm64", ARM, {"core.so": elf("arm64")}, None),
        ("arm64", X86, {"core.so": b"\x7fELF", "empty.so": b""}, None),
        ("arm64", Machine("Linux", "riscv64"), {"core.so": elf("arm64")}, None),
    ],
)
def test_native_code(
    built_for: str,
    machine: Machine,
    files: dict[str, bytes],
    said: str | None,
    kind: str,
    tmp_path: Path,
) -> None:
    code = write(tmp_path / kind, files)
    function = replace(WORDS, architecture=built_for, code=code)

    lines = list(describe_foreign_code([function], machine))

    assert len(lines) == (said is not None)
    if said:
        assert said in lines[0]
        assert f"built for {built_for}, this machine is {machine.architecture}" in lines[0]
        assert "--app COMMAND" in lines[0]


def test_a_layer_with_a_python(tmp_path: Path) -> None:
    layer = write(
        tmp_path / "layer.zip",
        {"python-rt/bin/python3": elf("arm64"), "python-rt/lib/libpython3.so": elf("arm64")},
    )
    function = replace(WORDS, architecture="arm64", code=write(tmp_path / "c", {}), layers=(layer,))

    [line] = describe_foreign_code([function], X86)

    assert "its layer's Python is replaced by this machine's own" in line
    assert "cannot be loaded" not in line


@pytest.mark.parametrize("code", ["missing", "missing.zip", "broken.zip"])
def test_code_that_cannot_be_read_is_left_to_who_runs_it(code: str, tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    function = replace(WORDS, architecture="arm64", code=tmp_path / code)

    assert list(describe_foreign_code([function], X86)) == []


def test_a_bootstrap_for_another_architecture(tmp_path: Path) -> None:
    code = write(tmp_path / "code.zip", {"bootstrap": elf("arm64")})
    function = replace(WORDS, architecture="arm64", code=code)

    [line] = describe_foreign_code([function], X86)

    assert line.endswith("bootstrap cannot be loaded here. Build it for x86_64 to run it here")
