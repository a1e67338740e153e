from __future__ import annotations

from pathlib import Path

import pytest

from streambda.layer.architecture import Architecture
from streambda.layer.check import find_problems, require_runnable
from streambda.layer.errors import CheckFailed
from tests.layer.elf_writer import ARM64, elf, interpreter, layer_zip

BASE = {"libc.so.6", "libm.so.6"}
PYTHON = "python-rt/bin/python3"
OS = "python-rt/lib/python3.11/os.py"
MODULE = "python-rt/lib/python3.11/lib-dynload/_ssl.so"
LIBRARY = "python-rt/lib/libssl.so.3"


def _problems(folder: Path, files: dict[str, bytes]) -> list[str]:
    files = {PYTHON: interpreter(), OS: b"", **files}
    return find_problems(layer_zip(folder / "x.zip", files), Architecture.X86_64, BASE)


def test_a_good_layer_has_no_problems(tmp_path: Path) -> None:
    files = {
        PYTHON: interpreter(rpath="$ORIGIN/../lib"),
        MODULE: elf(needed=["libssl.so.3", "libm.so.6"], versions=["OPENSSL_3.0.0"]),
        LIBRARY: elf(versions=["GLIBC_2.2.5", "GLIBC_PRIVATE"]),
    }

    assert _problems(tmp_path, files) == []


def test_a_newer_glibc_is_refused(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {PYTHON: interpreter(versions=["GLIBC_2.4", "GLIBC_2.35"])})

    assert problems == [f"{PYTHON}: needs GLIBC_2.35, provided.al2023 has 2.34"]


def test_versions_are_compared_as_numbers(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {PYTHON: interpreter(versions=["GLIBC_2.4", "GLIBC_2.100"])})

    assert problems == [f"{PYTHON}: needs GLIBC_2.100, provided.al2023 has 2.34"]


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {MODULE: elf(machine=ARM64)})

    assert problems == [f"{MODULE}: built for ELF machine {ARM64}, not for x86_64"]


def test_an_interpreter_with_another_loader_is_refused(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {PYTHON: elf(loader="/lib/ld-musl-x86_64.so.1")})

    assert problems == [f"{PYTHON}: its loader is /lib/ld-musl-x86_64.so.1"]


def test_a_library_that_is_nowhere_is_named(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {MODULE: elf(needed=["libssl.so.3"])})

    assert problems == [f"{MODULE}: needs libssl.so.3, which is missing"]


@pytest.mark.parametrize(
    ("module", "python"),
    [
        pytest.param(elf(needed=["libssl.so.3"]), interpreter(), id="no-search-path"),
        pytest.param(
            elf(needed=["libssl.so.3"], runpath="/elsewhere"),
            interpreter(rpath="$ORIGIN/../lib"),
            id="runpath-shuts-out-the-interpreters-rpath",
        ),
        pytest.param(
            elf(needed=["libssl.so.3"]),
            interpreter(runpath="$ORIGIN/../lib"),
            id="the-interpreters-runpath-is-its-own-only",
        ),
    ],
)
def test_a_bundled_library_out_of_reach_is_refused(
    tmp_path: Path, module: bytes, python: bytes
) -> None:
    problems = _problems(tmp_path, {PYTHON: python, MODULE: module, LIBRARY: elf()})

    assert problems == [f"{MODULE}: needs libssl.so.3, which its search path does not reach"]


def test_a_library_needed_by_its_path_is_found(tmp_path: Path) -> None:
    needed = "$ORIGIN/../lib/libssl.so.3"

    assert _problems(tmp_path, {PYTHON: interpreter(needed=[needed]), LIBRARY: elf()}) == []


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {MODULE: elf(needed=["libc.so.6"])[:200]})

    assert problems == [f"{MODULE}: the ELF file is cut short or damaged"]


def test_a_layer_without_interpreter_or_library_is_refused(tmp_path: Path) -> None:
    empty = layer_zip(tmp_path / "empty.zip", {"README": b"", MODULE: elf(needed=["libc.so.6"])})
    bare = layer_zip(tmp_path / "bare.zip", {PYTHON: interpreter()})

    assert find_problems(empty, Architecture.X86_64, BASE) == [f"no interpreter at {PYTHON}"]
    assert find_problems(bare, Architecture.X86_64, BASE) == [
        "no standard library at python-rt/lib/python3.X"
    ]


def test_an_interpreter_that_is_not_executable_is_refused(tmp_path: Path) -> None:
    path = layer_zip(tmp_path / "x.zip", {OS: b""})
    import zipfile

    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(PYTHON), interpreter())

    assert find_problems(path, Architecture.X86_64, BASE) == [f"{PYTHON}: not executable"]


def test_a_truncated_zip_is_refused(tmp_path: Path) -> None:
    path = layer_zip(tmp_path / "x.zip", {PYTHON: interpreter(), OS: b""})
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(CheckFailed, match=r"^x\.zip: not a readable zip") as caught:
        require_runnable(path, Architecture.X86_64, BASE)

    assert len(caught.value.problems) == 1


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = layer_zip(tmp_path / "x.zip", {PYTHON: interpreter(), OS: b"text" * 9})
    path.write_bytes(path.read_bytes().replace(b"text", b"test"))

    assert "Bad CRC-32" in find_problems(path, Architecture.X86_64, BASE)[0]
