"""Code and layers on disk."""

import os
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest

from streambda.local.environments.sandbox_files import SandboxFiles, link_packages
from streambda.local.environments.shown_paths import ShownPaths, list_folders, no_source
from streambda.local.model.errors import AssemblyError
from tests.support.local_functions import WORDS
from tests.support.odd_archives import ODD_ARCHIVES


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


def test_odd_files_of_a_layer(tmp_path: Path) -> None:
    """A pipe is left out; a name need not be UTF-8."""
    layer = tmp_path / "layer"
    layer.mkdir()
    os.mkfifo(layer / "pipe")
    odd_name = os.fsdecode(b"caf\xe9.py")
    (layer / odd_name).write_text("one")

    opt = SandboxFiles(tmp_path / "root").lay_out(replace(WORDS, code=layer, layers=(layer,))).opt

    assert opt is not None
    assert [one.name for one in opt.iterdir()] == [odd_name]


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


@pytest.mark.parametrize("name", ODD_ARCHIVES)
def test_what_is_wrong_with_an_archive_is_one_line(name: str, tmp_path: Path) -> None:
    make, reason = ODD_ARCHIVES[name]
    code = make(tmp_path / "code.zip")
    files = SandboxFiles(tmp_path / "root")

    for _ in range(2):  # and again, as with the next invocation
        with pytest.raises(AssemblyError, match=reason) as raised:
            files.lay_out(replace(WORDS, code=code))
        assert "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.rglob("*evil*")] == []


def test_archives_that_look_odd_but_are_not(tmp_path: Path) -> None:
    code = tmp_path / "code.zip"
    with ZipFile(code, "w", allowZip64=True) as archive:
        archive.writestr(ZipInfo("./"), b"")
        archive.writestr(ZipInfo("./a"), b"first")
        archive.writestr(ZipInfo("a"), b"second")
        archive.writestr(ZipInfo("b/../c"), b"inside")
        with archive.open(ZipInfo("zip64"), "w", force_zip64=True) as packed:
            packed.write(b"large")
        become_root = ZipInfo("suid")
        become_root.external_attr = 0o104755 << 16
        archive.writestr(become_root, b"#!")

    root = SandboxFiles(tmp_path / "root").lay_out(replace(WORDS, code=code)).task_root

    assert (root / "a").read_bytes() == b"second"
    assert (root / "zip64").read_bytes() == b"large"
    assert (root / "c").read_bytes() == b"inside"
    assert (root / "suid").stat().st_mode & 0o7777 == 0o755


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("link", "inside"), [("/tmp", False), ("..", False), ("d/../../..", False), ("d", True)]
)
def test_no_layer_leaves_its_folder_by_the_link_of_another(
    link: str, inside: bool, packed: bool, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    (first / "d").mkdir(parents=True)
    (first / "python").symlink_to(link)
    (second / "python").mkdir(parents=True)
    (second / "python" / "evil.py").write_text("")
    layers = (first, second)
    if packed:
        layers = (
            zipped(tmp_path / "first.zip", d__=b"", python_link=link.encode()),
            zipped(tmp_path / "second.zip", python_link__evil=b""),
        )
    files = SandboxFiles(tmp_path / "root")
    function = replace(WORDS, code=tmp_path / "first", layers=layers)

    if inside:
        opt = files.lay_out(function).opt
        assert opt is not None
        assert [path.name.removesuffix(".py") for path in (opt / "d").iterdir()] == ["evil"]
    else:
        with pytest.raises(AssemblyError, match="outside of its folder"):
            files.lay_out(function)


def test_the_links_of_a_workspace_lead_where_they_did(tmp_path: Path) -> None:
    """A Node.js function's folder is copied if packages lie above it."""
    code, lib = tmp_path / "packages" / "words", tmp_path / "packages" / "lib"
    (tmp_path / "package.json").write_text("{}")
    for folder in (code / "node_modules" / ".store" / "own", lib):
        folder.mkdir(parents=True)
        (folder / "index.js").write_text("")
    (code / "node_modules" / "lib").symlink_to("../../lib")
    (code / "node_modules" / "own").symlink_to(".store/own")

    function = replace(WORDS, code=code, runtime="nodejs24.x", handler="index.handler")
    packages = SandboxFiles(tmp_path / "root").lay_out(function).task_root / "node_modules"

    assert not packages.is_relative_to(code)
    assert (packages / "lib" / "index.js").resolve() == lib / "index.js"
    assert (packages / "own").readlink() == Path(".store/own")


def test_source_maps_of_copied_code_lead_to_the_sources(tmp_path: Path) -> None:
    """They name `../../src/words.ts`, which a bundle of the CDK is made from."""
    code = tmp_path / "cdk.out" / "asset"
    code.mkdir(parents=True)
    (tmp_path / "package.json").write_text("{}")

    function = replace(WORDS, code=code, runtime="nodejs24.x")
    sandbox = SandboxFiles(tmp_path / "root").lay_out(function)
    paths = ShownPaths(list_folders(sandbox), no_source, sandbox.task_root)

    shown = paths.change(f"at handler (file://{sandbox.task_root.parents[1]}/src/words.ts:4:25)")
    assert shown == f"at handler (file://{tmp_path}/src/words.ts:4:25)"
    assert paths.change(f"at {sandbox.task_root}/index.js:1:2") == "at /var/task/index.js:1:2"


def test_later_layers_replace_files_by_folders_and_folders_by_files(tmp_path: Path) -> None:
    one = zipped(tmp_path / "one.zip", a=b"1", b__c=b"1")
    two = tmp_path / "two"
    (two / "a").mkdir(parents=True)
    (two / "a" / "d").write_bytes(b"2")
    (two / "b").write_bytes(b"2")

    opt = SandboxFiles(tmp_path / "root").lay_out(replace(WORDS, code=two, layers=(one, two))).opt

    assert opt is not None
    assert ((opt / "a" / "d").read_bytes(), (opt / "b").read_bytes()) == (b"2", b"2")


@pytest.mark.parametrize(
    ("code", "layers", "fits"),
    [(100, (), True), (101, (), False), (50, (25, 25), True), (50, (25, 26), False)],
)
@pytest.mark.parametrize("packed", [True, False])
def test_code_and_layers_are_counted_together(
    code: int, layers: tuple[int, ...], fits: bool, packed: bool, tmp_path: Path
) -> None:
    def make(name: str, size: int) -> Path:
        if packed:
            return zipped(tmp_path / f"{name}.zip", folder__file=b"x" * size)
        folder = tmp_path / name / "folder"
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"x" * size)
        return folder.parent

    function = replace(
        WORDS,
        code=make("code", code),
        layers=tuple(make(f"layer{number}", size) for number, size in enumerate(layers)),
    )
    files = SandboxFiles(tmp_path / "root", most_bytes=100)

    if fits:
        assert files.lay_out(function).task_root.is_dir()
    else:
        with pytest.raises(AssemblyError, match="101 bytes unzipped, expected at most 100"):
            files.lay_out(function)
    assert SandboxFiles(tmp_path / "unlimited", None).lay_out(function).task_root.is_dir()


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    code = tmp_path / "code.zip"
    files = SandboxFiles(tmp_path / "root")
    code.write_bytes(b"no zip")
    with pytest.raises(AssemblyError):
        files.lay_out(replace(WORDS, code=code))

    zipped(code, a=b"1")

    assert (files.lay_out(replace(WORDS, code=code)).task_root / "a").read_bytes() == b"1"


def test_a_cold_start_that_is_late_leaves_nothing(tmp_path: Path) -> None:
    """Its thread goes on when the cloud has ended, and its files are gone."""
    root = tmp_path / "root"
    files = SandboxFiles(root)
    root.rmdir()

    with pytest.raises(FileNotFoundError):
        files.lay_out(replace(WORDS, inline="pass"))
    with pytest.raises(FileNotFoundError):
        files.make_private_folder("folders")

    assert not root.exists()
