from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from streambda.layer.architecture import Architecture
from streambda.layer.check.check_layer import find_problems, require_runnable
from streambda.layer.check.contents import MOST_BYTES
from streambda.layer.errors import CheckFailed
from tests.support.layer_files import (
    ARM64,
    make_elf,
    make_interpreter,
    make_layer_files,
    make_sbom,
    write_layer_zip,
)
from tests.support.odd_archives import ODD_ARCHIVES

BASE = {"libc.so.6", "libm.so.6"}
PYTHON = "python-rt/bin/python3"
OS = "python-rt/lib/python3.11/os.py"
LICENCE = "python-rt/LICENSE.txt"
SBOM = "python-rt/sbom.cdx.json"
MODULE = "python-rt/lib/python3.11/lib-dynload/_ssl.so"
LIBRARY = "python-rt/lib/libssl.so.3"


def _problems(folder: Path, files: dict[str, bytes]) -> list[str]:
    path = write_layer_zip(folder / "x.zip", {**make_layer_files(), **files})
    return find_problems(path, Architecture.X86_64, BASE)


def _without(folder: Path, name: str) -> list[str]:
    files = make_layer_files()
    del files[name]
    return find_problems(write_layer_zip(folder / "x.zip", files), Architecture.X86_64, BASE)


def _problems_with_mode(folder: Path, name: str, mode: int) -> list[str]:
    path = write_layer_zip(folder / "x.zip", make_layer_files())
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, b"")
    return find_problems(path, Architecture.X86_64, BASE)


def test_a_good_layer_has_no_problems(tmp_path: Path) -> None:
    files = {
        PYTHON: make_interpreter(rpath="$ORIGIN/../lib"),
        MODULE: make_elf(needed=["libssl.so.3", "libm.so.6"], versions=["OPENSSL_3.0.0"]),
        LIBRARY: make_elf(versions=["GLIBC_2.2.5", "GLIBC_PRIVATE"]),
    }

    assert _problems(tmp_path, files) == []


def test_a_newer_glibc_is_refused(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {PYTHON: make_interpreter(versions=["GLIBC_2.4", "GLIBC_2.35"])})

    assert problems == [f"{PYTHON}: needs GLIBC_2.35, provided.al2023 has 2.34"]


def test_versions_are_compared_as_numbers(tmp_path: Path) -> None:
    problems = _problems(
        tmp_path, {PYTHON: make_interpreter(versions=["GLIBC_2.4", "GLIBC_2.100"])}
    )

    assert problems == [f"{PYTHON}: needs GLIBC_2.100, provided.al2023 has 2.34"]


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {MODULE: make_elf(machine=ARM64)})

    assert problems == [f"{MODULE}: built for ELF machine {ARM64}, not for x86_64"]


def test_an_interpreter_with_another_loader_is_refused(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {PYTHON: make_elf(loader="/lib/ld-musl-x86_64.so.1")})

    assert problems == [
        f"{PYTHON}: its loader is /lib/ld-musl-x86_64.so.1, not /lib64/ld-linux-x86-64.so.2"
    ]


def test_a_library_that_is_nowhere_is_named(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {MODULE: make_elf(needed=["libssl.so.3"])})

    assert problems == [f"{MODULE}: needs libssl.so.3, which is missing"]


@pytest.mark.parametrize(
    ("module", "python"),
    [
        pytest.param(make_elf(needed=["libssl.so.3"]), make_interpreter(), id="no-search-path"),
        pytest.param(
            make_elf(needed=["libssl.so.3"], runpath="/elsewhere"),
            make_interpreter(rpath="$ORIGIN/../lib"),
            id="runpath-shuts-out-the-interpreters-rpath",
        ),
        pytest.param(
            make_elf(needed=["libssl.so.3"]),
            make_interpreter(runpath="$ORIGIN/../lib"),
            id="the-interpreters-runpath-is-its-own-only",
        ),
    ],
)
def test_a_bundled_library_out_of_reach_is_refused(
    tmp_path: Path, module: bytes, python: bytes
) -> None:
    problems = _problems(tmp_path, {PYTHON: python, MODULE: module, LIBRARY: make_elf()})

    assert problems == [f"{MODULE}: needs libssl.so.3, which its search path does not reach"]


def test_a_library_needed_by_its_path_is_found(tmp_path: Path) -> None:
    needed = "$ORIGIN/../lib/libssl.so.3"

    assert (
        _problems(tmp_path, {PYTHON: make_interpreter(needed=[needed]), LIBRARY: make_elf()}) == []
    )


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {MODULE: make_elf(needed=["libc.so.6"])[:200]})

    assert problems == [f"{MODULE}: the ELF file is cut short or damaged"]


def test_a_layer_without_interpreter_or_library_is_refused(tmp_path: Path) -> None:
    assert _without(tmp_path, PYTHON) == [f"no interpreter at {PYTHON}"]
    assert _without(tmp_path, OS) == ["no standard library at python-rt/lib/python3.X"]


def test_a_layer_without_licence_is_refused(tmp_path: Path) -> None:
    reason = ["no licence: no file python-rt/LICENSE* and none in python-rt/licenses/ has a text"]

    assert reason[0] in _without(tmp_path, LICENCE)
    assert _problems(tmp_path, {LICENCE: b""}) == reason


def test_a_layer_without_bill_of_materials_is_refused(tmp_path: Path) -> None:
    assert _without(tmp_path, SBOM) == [f"no bill of materials at {SBOM}"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b"{}",
        b'{"bomFormat": "SPDX", "components": [{"name": "x"}]}',
        b'{"bomFormat": "CycloneDX", "components": []}',
        b'{"bomFormat": "CycloneDX", "components": [1]}',
        b'{"bomFormat": "CycloneDX", "components": [{"name": "x", "externalReferences": [1]}]}',
    ],
)
def test_another_document_as_bill_of_materials_is_refused(tmp_path: Path, content: bytes) -> None:
    assert _problems(tmp_path, {SBOM: content}) == [
        f"{SBOM}: not a CycloneDX document with components"
    ]


def test_a_licence_that_the_bill_of_materials_names_must_be_there(tmp_path: Path) -> None:
    assert _problems(tmp_path, {SBOM: make_sbom("licenses/libx.txt")}) == [
        f"{SBOM}: the licence of CPython, licenses/libx.txt, is missing"
    ]


@pytest.mark.parametrize("name", ["python-rt/LICENSE", "python-rt/licenses/libssl3.txt"])
def test_either_kind_of_licence_will_do(tmp_path: Path, name: str) -> None:
    assert _problems(tmp_path, {LICENCE: b"", name: b"text"}) == []


@pytest.mark.parametrize(
    ("name", "mode", "shown"),
    [
        ("python-rt/lib/a.py", 0o100666, "0666"),
        ("python-rt/lib/a.py", 0o100642, "0642"),
        ("python-rt/lib/folder/", 0o040777, "0777"),
        ("python-rt/tmp/", 0o041777, "1777"),
    ],
)
def test_a_file_that_everyone_may_write_to_is_named(
    tmp_path: Path, name: str, mode: int, shown: str
) -> None:
    assert _problems_with_mode(tmp_path, name, mode) == [
        f"{name}: everyone may write to it (mode {shown})"
    ]


@pytest.mark.parametrize("mode", [0o100755, 0o100664, 0o040775, 0o120777], ids=oct)
def test_other_modes_and_a_links_mode_are_fine(tmp_path: Path, mode: int) -> None:
    assert _problems_with_mode(tmp_path, "python-rt/lib/x", mode) == []


def test_an_interpreter_that_is_not_executable_is_refused(tmp_path: Path) -> None:
    files = make_layer_files()
    del files[PYTHON]
    path = write_layer_zip(tmp_path / "x.zip", files)

    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(PYTHON), make_interpreter())

    assert find_problems(path, Architecture.X86_64, BASE) == [f"{PYTHON}: not executable"]


def test_a_truncated_zip_is_refused(tmp_path: Path) -> None:
    path = write_layer_zip(tmp_path / "x.zip", {PYTHON: make_interpreter(), OS: b""})
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(CheckFailed, match=r"^x\.zip: not a readable zip") as caught:
        require_runnable(path, Architecture.X86_64, BASE)

    assert len(caught.value.problems) == 1


def test_a_damaged_stream_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", b"text" * 99)
    data = bytearray(path.read_bytes())
    data[31] = 0xFF  # the first byte after the header and the name: no such kind of block
    path.write_bytes(data)

    (problem,) = find_problems(path, Architecture.X86_64, BASE)
    assert problem.startswith("not a readable zip: ")


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = write_layer_zip(tmp_path / "x.zip", {PYTHON: make_interpreter(), OS: b"text" * 9})
    path.write_bytes(path.read_bytes().replace(b"text", b"test"))

    assert "Bad CRC-32" in find_problems(path, Architecture.X86_64, BASE)[0]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("encrypted", "encrypted"), ("an unknown compression", "compression method")],
)
def test_a_zip_that_nobody_can_read_is_one_line(name: str, reason: str, tmp_path: Path) -> None:
    path = ODD_ARCHIVES[name][0](tmp_path / "x.zip")

    [problem] = find_problems(path, Architecture.X86_64, BASE)
    assert problem.startswith("not a readable zip: ")
    assert reason in problem


def test_a_zip_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", b"")
    size = struct.Struct("<I")
    data = bytearray(path.read_bytes())
    size.pack_into(data, data.index(b"PK\x01\x02") + 24, MOST_BYTES + 1)
    path.write_bytes(data)

    [problem] = find_problems(path, Architecture.X86_64, BASE)
    assert problem == (
        "not a readable zip: it has 262144001 bytes unzipped, expected at most 262144000"
    )


def test_a_terminal_obeys_no_name(tmp_path: Path) -> None:
    problems = _problems_with_mode(tmp_path, "caf\u00e9\x1b]0;x\x07", 0o100666)

    assert problems == ["caf\u00e9\\x1b]0;x\\x07: everyone may write to it (mode 0666)"]


@pytest.mark.parametrize("version", ["GLIBC_2.x", "GLIBC_" + "9" * 5000, "GLIBC_2."])
def test_a_version_that_is_no_number_says_nothing(version: str, tmp_path: Path) -> None:
    assert _problems(tmp_path, {MODULE: make_elf(needed=["libc.so.6"], versions=[version])}) == []
