"""What a layer's zip says of itself."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from streambda.layer.architecture import Architecture
from streambda.layer.errors import LayerError
from streambda.layer.layer_info import LayerInfo, digest_content, read_layer_info
from tests.support.layer_files import ARM64, make_layer_files, write_layer_zip

PYTHON = "python-rt/bin/python3"
SBOM = "python-rt/sbom.cdx.json"


def test_a_layer_names_its_python_its_source_and_its_architecture(tmp_path: Path) -> None:
    path = write_layer_zip(tmp_path / "x.zip", make_layer_files(ARM64, "3.13"))

    info = read_layer_info(path)

    assert info == LayerInfo(
        python="3.13", version="3.13.2", source="debian", architecture=Architecture.ARM64
    )
    assert info.describe_python() == "Python 3.13.2"


@pytest.mark.parametrize(
    "sbom", [b"", b"[]", b"{}", b'{"components": [{"name": "zlib", "version": "1"}]}', b"\xff"]
)
def test_what_a_zip_does_not_say_is_not_known(tmp_path: Path, sbom: bytes) -> None:
    path = write_layer_zip(tmp_path / "x.zip", {PYTHON: b"#!/bin/sh\n", SBOM: sbom})

    info = read_layer_info(path)

    assert info == LayerInfo(python=None, version=None, source=None, architecture=None)
    assert info.describe_python() is None
    assert info.find_mismatch(Architecture.ARM64, "3.13") is None


def test_two_standard_libraries_are_no_python(tmp_path: Path) -> None:
    files = make_layer_files() | {"python-rt/lib/python3.12/os.py": b""}

    assert read_layer_info(write_layer_zip(tmp_path / "x.zip", files)).python is None


@pytest.mark.parametrize(
    ("architecture", "python", "problem"),
    [
        (Architecture.ARM64, "3.13", None),
        (Architecture.ARM64, None, None),
        (Architecture.X86_64, "3.13", "it is for arm64, not for x86_64"),
        (Architecture.ARM64, "3.12", "it has Python 3.13, not 3.12"),
    ],
)
def test_a_layer_that_is_not_the_one_asked_for(
    tmp_path: Path, architecture: Architecture, python: str | None, problem: str | None
) -> None:
    path = write_layer_zip(tmp_path / "x.zip", make_layer_files(ARM64, "3.13"))

    assert read_layer_info(path).find_mismatch(architecture, python) == problem


def test_a_file_that_is_no_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with pytest.raises(LayerError, match=rf"^cannot read {path}: No such file or directory$"):
        read_layer_info(path)

    path.write_bytes(b"no zip")
    with pytest.raises(LayerError, match=rf"^{path} is not a readable zip file: "):
        read_layer_info(path)


def _write(path: Path, files: dict[str, bytes], *, level: int = 9) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, level)
    return path


def test_the_digest_does_not_depend_on_what_packed_or_compiled_the_layer(tmp_path: Path) -> None:
    files = {"a.py": b"x = 1\n" * 100, "b.py": b"y = 2\n"}
    one = _write(tmp_path / "1.zip", files)
    other = _write(tmp_path / "2.zip", {"b.py": files["b.py"], "a.py": files["a.py"]}, level=1)
    compiled = _write(tmp_path / "3.zip", files | {"__pycache__/a.cpython-313.pyc": b"code"})

    assert one.read_bytes() != other.read_bytes()
    assert len({digest_content(path) for path in (one, other, compiled)}) == 1


@pytest.mark.parametrize("change", ["content", "name", "more"])
def test_the_digest_changes_with_the_layer(tmp_path: Path, change: str) -> None:
    files = make_layer_files()
    before = digest_content(write_layer_zip(tmp_path / "1.zip", files))
    if change == "content":
        files["python-rt/lib/python3.11/os.py"] = b"#"
    elif change == "name":
        files["python-rt/licenses/x.txt"] = files.pop("python-rt/LICENSE.txt")
    else:
        files["more.txt"] = b""

    assert digest_content(write_layer_zip(tmp_path / "2.zip", files)) != before


def test_the_digest_changes_with_who_may_execute_a_file(tmp_path: Path) -> None:
    digests = set()
    for mode in (0o644, 0o755):
        entry = zipfile.ZipInfo("python3")
        entry.external_attr = mode << 16
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            archive.writestr(entry, b"")
        digests.add(digest_content(tmp_path / "x.zip"))

    assert len(digests) == 2
