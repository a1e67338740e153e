"""What was installed is looked at before it is taken."""

from pathlib import Path

import pytest

from streambda.cdk.bundle.installed_tree import check_tree
from streambda.cdk.runtime.package_target import PackageTarget
from streambda.layer import Architecture

ARM64, X86_64 = (PackageTarget("3.11", one) for one in (Architecture.ARM64, Architecture.X86_64))


@pytest.mark.parametrize("text", ["/home/me/lib/src\n", "import __editable___lib_finder"])
def test_a_link_to_a_folder_of_this_machine_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "__editable__.lib-1.0.pth").write_text(text)

    with pytest.raises(ValueError, match=r"^__editable__\.lib-1\.0\.pth is only a link to"):
        check_tree(tmp_path, ARM64, built=False)


def test_a_pth_file_without_a_path_is_the_packages_own(tmp_path: Path) -> None:
    (tmp_path / "protobuf-nspkg.pth").write_text("import sys, os; p = os.path.join('google')\n")

    check_tree(tmp_path, ARM64, built=True)


def test_a_package_that_needs_a_path_of_this_machine_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lib-1.0.dist-info").mkdir()
    (tmp_path / "lib-1.0.dist-info/METADATA").write_text(
        "Name: lib\nRequires-Dist: other @ file:///home/me/other\n"
    )

    with pytest.raises(ValueError, match=r"^lib-1\.0 says 'Requires-Dist: other @ file:///home/me"):
        check_tree(tmp_path, ARM64, built=False)


def test_a_library_that_would_not_load_is_refused_if_it_was_built_here(tmp_path: Path) -> None:
    (tmp_path / "fast.so").write_bytes(b"\x7fELF\2\1\1" + bytes(200))
    check_tree(tmp_path, ARM64, built=False)

    with pytest.raises(ValueError, match=r"^fast\.so .*arm64"):
        check_tree(tmp_path, ARM64, built=True)


def test_the_local_cloud_takes_what_this_machine_builds(tmp_path: Path) -> None:
    (tmp_path / "fast.so").write_bytes(b"\x7fELF\2\1\1" + bytes(200))

    check_tree(tmp_path, PackageTarget.this_machine(), built=True)
