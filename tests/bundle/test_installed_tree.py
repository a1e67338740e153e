"""What was installed is looked at before it is taken."""

from pathlib import Path

import pytest

from streambda.bundle.installed_tree import check_tree, make_scripts_portable
from streambda.bundle.package_target import PackageTarget
from streambda.layer import Architecture
from tests.support.layer_files import ARM64, X86_64, make_elf

TARGET = PackageTarget("3.11", Architecture.ARM64)


@pytest.mark.parametrize("text", ["/home/me/lib/src\n", "import __editable___lib_finder"])
def test_a_link_to_a_folder_of_this_machine_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "__editable__.lib-1.0.pth").write_text(text)

    with pytest.raises(ValueError, match=r"^__editable__\.lib-1\.0\.pth is only a link to"):
        check_tree(tmp_path, TARGET, built=False)


def test_a_pth_file_without_a_path_is_the_packages_own(tmp_path: Path) -> None:
    (tmp_path / "protobuf-nspkg.pth").write_text("import sys, os; p = os.path.join('google')\n")

    check_tree(tmp_path, TARGET, built=True)


def test_a_package_that_needs_a_path_of_this_machine_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lib-1.0.dist-info").mkdir()
    (tmp_path / "lib-1.0.dist-info/METADATA").write_text(
        "Name: lib\nRequires-Dist: other @ file:///home/me/other\n"
    )

    with pytest.raises(ValueError, match=r"^lib-1\.0 says 'Requires-Dist: other @ file:///home/me"):
        check_tree(tmp_path, TARGET, built=False)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x7fELF\2\1\1" + bytes(2), r"would not load on arm64, Python 3\.11: the ELF file is"),
        (make_elf(machine=X86_64), r"was built for another machine than arm64, Python 3\.11$"),
        (make_elf(machine=ARM64, versions=["GLIBC_2.36"]), r"needs glibc 2\.36, Lambda has 2\.34"),
    ],
)
def test_a_library_that_would_not_load_is_refused_if_it_was_built_here(
    tmp_path: Path, data: bytes, expected: str
) -> None:
    (tmp_path / "fast.so").write_bytes(data)
    check_tree(tmp_path, TARGET, built=False)

    with pytest.raises(ValueError, match=rf"^fast\.so {expected}"):
        check_tree(tmp_path, TARGET, built=True)


def test_a_library_that_lambda_loads_passes(tmp_path: Path) -> None:
    (tmp_path / "fast.so").write_bytes(make_elf(machine=ARM64, versions=["GLIBC_2.34"]))
    (tmp_path / "script.so").write_text("INPUT(fast.so)")  # for a linker

    check_tree(tmp_path, TARGET, built=True)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("#!/home/me/.venv/bin/python3\nimport x\n", "#!/usr/bin/env python3\nimport x\n"),
        (
            "#!/bin/sh\n'''exec' '/home/me/long path/python' \"$0\" \"$@\"\n' '''\nimport x\n",
            "#!/usr/bin/env python3\nimport x\n",
        ),
        ("#!/bin/sh\necho\n", "#!/bin/sh\necho\n"),
    ],
)
def test_the_path_of_this_machines_python_leaves_a_script(
    tmp_path: Path, script: str, expected: str
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tool").write_text(script)

    make_scripts_portable(tmp_path)

    assert (tmp_path / "bin/tool").read_text() == expected


def test_the_local_cloud_takes_what_this_machine_builds(tmp_path: Path) -> None:
    (tmp_path / "fast.so").write_bytes(b"\x7fELF\2\1\1" + bytes(200))

    check_tree(tmp_path, PackageTarget.this_machine(), built=True)
