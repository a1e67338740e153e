"""Code and layers on disk."""

import os
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest

from streambda.local.environments.sandbox_files import SandboxFiles, link_packages
from streambda.local.model.errors import AssemblyError
from tests.support.local_functions import WORDS


def zipped(path: Path, **entries: bytes) -> Path:
    """Entries by name; `_x` marks an executable, `_link` a symbolic link."""
    with ZipFile(path, "w") as archive:
        for name, data in entries.items():
            info = ZipInfo(name.replace("__", "/"))
            if name.endswith("_x"):
                info.external_attr = 0o100755 << 16
            if name.endswith("_link"):
                info.external_attr = 0o120777 << 16
            archive.writestr(info, data)
    return path


def test_folder_is_used_where_it_lies(tmp_path: Path) -> None:
    sandbox = SandboxFiles(tmp_path / "root").lay_out(replace(WORDS, code=tmp_path))

    assert (sandbox.task_root, sandbox.opt) == (tmp_path, None)


def test_zip_keeps_modes_and_links(tmp_path: Path) -> None:
    code = zipped(tmp_path / "code.zip", bootstrap_x=b"#!", a_link=b"bootstrap_x", d__e=b"data")

    root = SandboxFiles(tmp_path / "root").lay_out(replace(WORDS, code=code)).task_root

    assert os.access(root / "bootstrap_x", os.X_OK)
    assert (root / "a_link").readlink() == Path("bootstrap_x")
    assert (root / "d" / "e").read_bytes() == b"data"


def test_later_layers_overwrite_and_are_unpacked_once(tmp_path: Path) -> None:
    one = zipped(tmp_path / "one.zip", a=b"1", b=b"1", c_link=b"a")
    two = tmp_path / "two"
    (two / "d").mkdir(parents=True)
    (two / "b").write_bytes(b"2")
    three = zipped(tmp_path / "three.zip", c_link=b"b", d__=b"")
    files = SandboxFiles(tmp_path / "root")
    function = replace(WORDS, code=tmp_path, layers=(one, two, three))

    opt = files.lay_out(function).opt

    assert opt is not None
    assert [(opt / name).read_bytes() for name in ("a", "b", "c_link")] == [b"1", b"2", b"2"]
    one.unlink()
    assert files.lay_out(function).opt == opt


@pytest.mark.parametrize("name", ["..__evil", "a__..__..__evil", "__evil"])
def test_entries_cannot_leave_their_folder(name: str, tmp_path: Path) -> None:
    code = zipped(tmp_path / "code.zip", **{name: b"x"})

    with pytest.raises(AssemblyError, match="outside of its folder"):
        SandboxFiles(tmp_path / "root").lay_out(replace(WORDS, code=code))


def test_entries_cannot_leave_by_a_link(tmp_path: Path) -> None:
    code = zipped(tmp_path / "code.zip", up_link=b"..", up_link__evil=b"x")

    with pytest.raises(AssemblyError, match="outside of its folder"):
        SandboxFiles(tmp_path / "root").lay_out(replace(WORDS, code=code))


def test_module_of_the_template_is_index(tmp_path: Path) -> None:
    files = SandboxFiles(tmp_path / "root")
    one, other = (replace(WORDS, inline=source) for source in ("x = 'é'\n", ""))

    root = files.lay_out(one).task_root

    assert (root / "index.py").read_text("utf-8") == "x = 'é'\n"
    assert files.lay_out(one).task_root == root
    assert files.lay_out(other).task_root != root


def test_packages_of_the_image_are_for_managed_pythons(tmp_path: Path) -> None:
    files = SandboxFiles(tmp_path / "root")
    managed = replace(WORDS, code=tmp_path, runtime="python3.13")

    image = files.lay_out(managed).image

    assert files.lay_out(replace(WORDS, code=tmp_path)).image is None
    assert image is not None
    assert image.is_dir()
    assert files.lay_out(managed).image == image


def test_packages_and_modules_are_linked_if_they_are_installed(tmp_path: Path) -> None:
    folder = tmp_path / "image"

    link_packages(folder, ["h11", "typing_extensions", "not_installed"])

    assert {path.name for path in folder.iterdir()} == {"h11", "typing_extensions.py"}
    assert (folder / "h11" / "__init__.py").is_file()


def test_no_code_and_no_zip(tmp_path: Path) -> None:
    files = SandboxFiles(tmp_path / "root")
    broken = tmp_path / "code.zip"
    broken.write_bytes(b"no zip")

    with pytest.raises(AssemblyError, match="App-Words: its code is not in the assembly"):
        files.lay_out(WORDS)
    with pytest.raises(AssemblyError, match="cannot unpack the asset"):
        files.lay_out(replace(WORDS, code=broken))
