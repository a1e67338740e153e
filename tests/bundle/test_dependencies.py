from pathlib import Path

import pytest

from tests.bundle.conftest import Install
from tests.support.projects import lock_project, make_sdist, write_project
from tests.support.wheels import make_wheel, write_requirements


@pytest.mark.slow
def test_scripts_have_no_path_of_this_machine(entry: Path, install_for: Install) -> None:
    write_requirements(entry, "tiny")
    make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": "", "bin/tiny": "#!python\n"})

    script = install_for().tree / "bin/tiny"

    assert script.read_bytes() == b"#!/usr/bin/env python3\n"
    assert script.stat().st_mode & 0o100


def test_a_source_distribution_is_built_only_on_request(entry: Path, install_for: Install) -> None:
    make_sdist(entry.parent / "wheels", "tiny")
    write_requirements(entry, "tiny")

    with pytest.raises(
        ValueError, match=r"^no wheel of tiny for .*; allow_builds=\['tiny'\] builds"
    ):
        install_for()
    assert (install_for(allow_builds=["tiny"]).tree / "tiny.py").exists()


@pytest.mark.slow
def test_a_locked_source_distribution_is_built_only_on_request(
    entry: Path, install_for: Install
) -> None:
    make_sdist(entry.parent / "wheels", "tiny")
    settings = '[tool.uv]\nno-index = true\nfind-links = ["../wheels"]\n'
    write_project(entry, "app", ["tiny"], tables=settings)
    lock_project(entry)

    with pytest.raises(
        ValueError, match=r"^no wheel of tiny for .*; allow_builds=\['tiny'\] builds"
    ):
        install_for()
    assert (install_for(allow_builds=["tiny"]).tree / "tiny.py").exists()
