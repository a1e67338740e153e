"""Code on this machine that a function asks for: it is in the asset, and in the key."""

import re
from pathlib import Path

import pytest

from streambda.bundle.local_projects import LocalProject, find_projects, find_sources
from streambda.bundle.project_file import ProjectFile
from tests.bundle.conftest import Install
from tests.support.projects import write_package, write_project
from tests.support.wheels import make_wheel, write_requirements

EDITABLE = '[tool.uv.sources]\nlib = { path = "../lib", editable = true }\n'


BUILDS_LIKE_SETUPTOOLS = """
import configparser, os
_build_wheel = build_wheel

def build_wheel(*args):
    config = configparser.ConfigParser()
    config.read(os.environ["DIST_EXTRA_CONFIG"])
    base = pathlib.Path(config["build"]["build_base"])
    if base.exists():
        pathlib.Path("stale.py").touch()
    base.mkdir()
    return _build_wheel(*args)
"""


def names_in(tree: Path) -> set[str]:
    return {path.name for path in tree.iterdir()}


@pytest.mark.parametrize(
    "line",
    ["-e ../lib", "--editable=../lib", "../lib", "lib @ ../lib", "../lib[extra]", "file:{lib}",
     "lib @ file://{lib}", "lib[extra] @ file://{lib} ; python_version > '3'",
     "-e ${{PROJECT_ROOT}}/../lib"],
)  # fmt: skip
def test_every_way_to_name_a_folder_is_understood(entry: Path, line: str) -> None:
    lib = write_package(entry.parent / "lib", "lib")

    assert find_projects([line.format(lib=lib)], entry) == (LocalProject("lib", lib),)


@pytest.mark.parametrize(
    "line",
    ["one==1", "one[more]>=1 ; python_version > '3'", "--find-links ./wheels", "--no-index",
     "https://example.com/a.whl", "git+https://example.com/lib", "one @ https://example.com/a",
     "-e git+https://example.com/lib", "one; sys_platform != 'a/b'",
     "./wheels/one-1.0-py3-none-any.whl"],
)  # fmt: skip
def test_what_is_elsewhere_or_needs_no_build_is_no_project(entry: Path, line: str) -> None:
    assert find_projects([line], entry) == ()


@pytest.mark.parametrize(
    "line",
    [pytest.param(line, marks=pytest.mark.slow) for line in ("../lib", "lib @ ../lib")]
    + ["-e ../lib"],
)
def test_code_of_a_folder_is_installed_not_linked(
    entry: Path, install_for: Install, line: str
) -> None:
    write_package(entry.parent / "lib", "lib")
    write_requirements(entry, line)

    tree = install_for().tree

    assert (tree / "lib.py").read_text() == "NAME = 'lib'\n"
    assert not list(tree.glob("*.pth"))


@pytest.mark.slow
def test_a_folder_of_handlers_may_be_its_own_package(entry: Path, install_for: Install) -> None:
    write_package(entry, "mine", files={"words.py": ""})
    write_requirements(entry, "-e .")

    assert {"words.py", "app.py"} <= names_in(install_for().tree)


def test_editables_of_a_project_are_installed_with_what_they_need(
    entry: Path, install_for: Install
) -> None:
    write_project(entry, "app", ["lib"], tables=EDITABLE)
    below = '[tool.uv.sources]\nbelow = { path = "../below" }\n'
    write_package(entry.parent / "lib", "lib", ["below"], tables=below)
    write_package(entry.parent / "below", "below")

    tree = install_for().tree

    assert {"lib.py", "below.py"} <= names_in(tree)
    assert not list(tree.glob("*.pth"))


def test_members_of_a_workspace_are_installed(entry: Path, install_for: Install) -> None:
    workspace = '[tool.uv.workspace]\nmembers = ["entry", "libs/*"]\n'
    write_project(entry.parent, "root", tables=workspace)
    sources = "[tool.uv.sources]\nlib = { workspace = true }\n"
    write_project(entry, "app", ["lib"], tables=sources)
    write_package(entry.parent / "libs/lib", "lib")
    write_package(entry.parent / "libs/other", "other")

    tree = install_for().tree

    assert "lib.py" in names_in(tree)
    assert "other.py" not in names_in(tree)


def test_an_edit_of_the_code_below_is_a_new_key_and_new_code(
    entry: Path, install_for: Install
) -> None:
    write_project(entry, "app", ["lib"], tables=EDITABLE)
    lib = write_package(entry.parent / "lib", "lib")
    before = install_for()
    (lib / "lib.py").write_text("NAME = 'edited'\n")

    after = install_for()

    assert after.key != before.key
    assert (after.tree / "lib.py").read_text() == "NAME = 'edited'\n"


def test_the_key_does_not_depend_on_where_the_code_lies(tmp_path: Path) -> None:
    digests = set()
    for place in ("here", "there/deep"):
        lib = write_package(tmp_path / place / "lib", "lib")
        (lib / "__pycache__").mkdir()
        (lib / "__pycache__/x.pyc").write_text(place)
        digests |= {project.digest for project in find_projects(["-e lib"], tmp_path / place)}

    assert len(digests) == 1


def test_an_earlier_build_of_setuptools_leaves_and_gets_nothing(
    entry: Path, install_for: Install
) -> None:
    """A backend stands in for setuptools: it builds where the configuration of distutils says."""
    lib = write_package(entry.parent / "lib", "lib")
    backend = (lib / "backend.py").read_text()
    (lib / "backend.py").write_text(f"{backend}\n{BUILDS_LIKE_SETUPTOOLS}")
    write_requirements(entry, "-e ../lib")

    for name in ("first", "second"):
        (lib / "lib.py").write_text(name)
        tree = install_for().tree
        assert (tree / "lib.py").read_text() == name
        assert not (tree / "stale.py").exists()
    left = {path.name for path in lib.iterdir()} - {"__pycache__"}  # of the backend, by Python
    assert left == {"pyproject.toml", "backend.py", "lib.py"}


@pytest.mark.slow
def test_a_library_built_for_this_machine_is_refused(entry: Path, install_for: Install) -> None:
    write_package(entry.parent / "lib", "lib", tag="cp311-cp311-linux_x86_64")
    write_requirements(entry, "-e ../lib")

    with pytest.raises(ValueError, match=r"lib.* is not compatible with the target Python 3\.11"):
        install_for()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-e ../gone", r"^'-e \.\./gone' is at .*/gone, expected a folder or a file: there is non"),
        ("-e ../old", r"^'-e \.\./old' asks for the folder .*/old, which does not tell the name"),
    ],
)
def test_a_folder_that_is_no_package_is_named(entry: Path, line: str, expected: str) -> None:
    (entry.parent / "old").mkdir()
    (entry.parent / "old/setup.py").write_text("from setuptools import setup\nsetup(name='old')\n")

    with pytest.raises(ValueError, match=expected):
        find_projects([line], entry)


def test_setup_cfg_and_poetry_tell_the_name_as_well(tmp_path: Path) -> None:
    for name, file, text in (
        ("one", "setup.cfg", "[metadata]\nname = One\n"),
        ("two", "pyproject.toml", '[tool.poetry]\nname = "Two"\n'),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(text)

    found = find_projects(["-e one", "-e two"], tmp_path)

    assert [project.name for project in found] == ["one", "two"]


def test_a_member_that_is_not_there_is_named(entry: Path) -> None:
    sources = "[tool.uv.sources]\nlib = { workspace = true }\n"
    project = ProjectFile.read(
        write_project(entry, "app", ["lib"], tables=sources) / "pyproject.toml"
    )

    with pytest.raises(ValueError, match=f"^{re.escape(str(project.file))}: .* member 'lib'$"):
        find_sources(project, project.read_dependencies())


def test_an_archive_of_a_source_counts_and_is_not_built(entry: Path) -> None:
    wheel = make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": "1"})
    sources = f'[tool.uv.sources]\ntiny = {{ path = "../wheels/{wheel.name}" }}\n'
    project = ProjectFile.read(
        write_project(entry, "app", ["tiny"], tables=sources) / "pyproject.toml"
    )
    [before] = find_sources(project, ["tiny"])
    digest = before.digest
    make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": "2"})

    [after] = find_sources(project, ["tiny"])

    assert before.path == wheel
    assert after.digest != digest


def test_a_workspace_may_name_its_root_as_a_member(entry: Path) -> None:
    workspace = '[tool.uv.workspace]\nmembers = [".", "libs/*"]\nexclude = ["libs/not"]\n'
    sources = "[tool.uv.sources]\nlib = { workspace = true }\n"
    write_project(entry, "app", ["lib"], tables=workspace + sources)
    lib = write_package(entry / "libs/lib", "lib")
    write_package(entry / "libs/not", "lib")
    project = ProjectFile.read(entry / "pyproject.toml")

    assert find_sources(project, ["lib"]) == (LocalProject("lib", lib),)
