"""A uv.lock is honoured: what is in it is installed, no other version and no more."""

from pathlib import Path

import pytest

from streambda.bundle.files import list_files
from streambda.bundle.package_target import PackageTarget
from streambda.layer import Architecture
from tests.bundle.conftest import Install
from tests.support.projects import lock_project, write_package, write_project
from tests.support.wheels import make_wheel

WHEELS = '[tool.uv]\nno-index = true\nfind-links = ["../wheels"]\n'
EXTRA = '[project.optional-dependencies]\nmore = ["other"]\n'
GROUP = '[dependency-groups]\ndev = ["other"]\nbatch = ["third"]\n'


def names_in(tree: Path) -> set[str]:
    return {path.name for path in tree.glob("*.py")}


@pytest.fixture
def locked(entry: Path) -> Path:
    """The entry is a project with tiny 1.0, an extra and two groups, locked."""
    for name in ("tiny", "other", "third"):
        make_wheel(entry.parent / "wheels", name, {f"{name}.py": "1.0"})
    write_project(entry, "app", ["tiny>=1"], tables=WHEELS + EXTRA + GROUP)
    lock_project(entry)
    return entry


def test_the_locked_version_is_installed_though_there_is_a_newer(
    locked: Path, install_for: Install
) -> None:
    make_wheel(locked.parent / "wheels", "tiny", {"tiny.py": "2.0"}, version="2.0")

    tree = install_for().tree

    assert (tree / "tiny.py").read_text() == "1.0"
    assert names_in(tree) == {"tiny.py"}


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"extras": ["more"]}, {"tiny.py", "other.py"}),
        pytest.param({"groups": ["batch"]}, {"tiny.py", "third.py"}, marks=pytest.mark.slow),
        pytest.param(
            {"groups": ["batch", "dev"]},
            {"tiny.py", "other.py", "third.py"},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_extras_and_groups_are_those_that_were_chosen(
    install_for: Install, options: dict[str, list[str]], expected: set[str]
) -> None:
    assert names_in(install_for(**options).tree) == expected


@pytest.mark.usefixtures("locked")
def test_an_extra_that_is_not_there_is_named(install_for: Install) -> None:
    with pytest.raises(ValueError, match=r"pyproject\.toml has no extra 'nope', it has: more$"):
        install_for(extras=["nope"])


@pytest.mark.parametrize("line", ["other", "tiny>=2"])
def test_a_lock_that_is_older_than_its_project_is_refused(
    locked: Path, install_for: Install, line: str
) -> None:
    """`uv export --frozen` alone would leave out what was added since."""
    write_project(locked, "app", ["tiny>=1", line], tables=WHEELS + EXTRA + GROUP)

    with pytest.raises(ValueError, match=rf"uv\.lock is older than .* have '{line}', .* uv lock$"):
        install_for()


def test_a_python_that_the_project_is_not_for_is_refused(
    locked: Path, install_for: Install
) -> None:
    file = locked / "pyproject.toml"
    file.write_text(file.read_text().replace(">=3.8", ">=3.13"))

    with pytest.raises(ValueError, match=r"requires Python >=3\.13, the function has 3\.12; expec"):
        install_for(PackageTarget("3.12", Architecture.ARM64))


@pytest.mark.slow
def test_the_python_that_runs_the_cdk_need_not_be_one_of_the_projects(
    locked: Path, install_for: Install
) -> None:
    for name in ("pyproject.toml", "uv.lock"):
        file = locked / name
        file.write_text(file.read_text().replace(">=3.8", ">=3.98"))

    assert names_in(install_for(PackageTarget("3.99", Architecture.ARM64)).tree) == {"tiny.py"}


def test_the_lock_of_a_workspace_serves_each_member(entry: Path, install_for: Install) -> None:
    workspace = '[tool.uv.workspace]\nmembers = ["entry", "libs/*"]\n'
    write_project(entry.parent, "root", ["third"], tables=WHEELS.replace("../", "./") + workspace)
    sources = "[tool.uv.sources]\nlib = { workspace = true }\nthird = { workspace = true }\n"
    write_project(entry, "app", ["lib", "tiny"], tables=sources)
    write_package(entry.parent / "libs/lib", "lib")
    write_package(entry.parent / "libs/third", "third")
    root = entry.parent / "pyproject.toml"
    root.write_text(root.read_text() + "[tool.uv.sources]\nthird = { workspace = true }\n")
    make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": ""})
    lock_project(entry)
    before = install_for()
    assert names_in(before.tree) == {"lib.py", "tiny.py"}
    assert not list(before.tree.glob("*.pth"))

    (entry.parent / "libs/third/third.py").write_text("not used")
    assert install_for() == before
    (entry.parent / "libs/lib/lib.py").write_text("edited")
    after = install_for()

    assert after.key != before.key
    assert (after.tree / "lib.py").read_text() == "edited"


def test_the_key_of_a_lock_does_not_depend_on_settings(
    locked: Path, install_for: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = install_for()
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://127.0.0.1:1/simple")

    assert install_for() == before


def test_a_lock_is_not_in_the_zip_nor_is_what_it_has_for_development_in_the_key(
    locked: Path, install_for: Install
) -> None:
    before = install_for()
    make_wheel(locked.parent / "wheels", "other", {"other.py": "2.0"}, version="2.0")
    (locked / "uv.lock").unlink()
    lock_project(locked)

    assert install_for() == before
    assert "uv.lock" not in list_files(locked)


@pytest.mark.parametrize("options", [{"extras": ["more"]}, {"groups": ["batch"]}])
def test_an_extra_or_a_group_may_ask_for_an_extra(
    locked: Path, install_for: Install, options: dict[str, list[str]]
) -> None:
    extras = '[project.optional-dependencies]\nmore = ["app[most]"]\nmost = ["other"]\n'
    groups = '[dependency-groups]\nbatch = ["app[more]"]\n'
    write_project(locked, "app", ["tiny"], tables=WHEELS + extras + groups)
    lock_project(locked)
    before = install_for(**options)
    assert names_in(before.tree) == {"tiny.py", "other.py"}
    make_wheel(locked.parent / "wheels", "other", {"other.py": "2.0"}, version="2.0")
    (locked / "uv.lock").unlink()
    lock_project(locked)

    after = install_for(**options)

    assert after.key != before.key
    assert (after.tree / "other.py").read_text() == "2.0"


@pytest.mark.slow
def test_what_is_dynamic_is_in_the_lock(locked: Path, install_for: Install) -> None:
    file = locked / "pyproject.toml"
    text = file.read_text().replace('dependencies = ["tiny>=1"]', 'dynamic = ["dependencies"]')
    file.write_text(text)

    assert names_in(install_for().tree) == {"tiny.py"}


def test_a_lock_of_another_project_is_refused(locked: Path, install_for: Install) -> None:
    file = locked / "pyproject.toml"
    file.write_text(file.read_text().replace('name = "app"', 'name = "renamed"'))

    with pytest.raises(
        ValueError, match=r"uv\.lock does not know .*pyproject\.toml, expected: uv lock"
    ):
        install_for()


@pytest.mark.parametrize("text", ["<<<<<<< HEAD", "version = 2", "version = 1\npackage = 3"])
def test_a_lock_that_cannot_be_read_is_refused(
    locked: Path, install_for: Install, text: str
) -> None:
    (locked / "uv.lock").write_text(text)

    with pytest.raises(ValueError, match=r"^cannot read .*/uv\.lock"):
        install_for()


def test_a_member_that_is_no_package_is_refused(entry: Path, install_for: Install) -> None:
    """uv would install none of its code."""
    sources = '[tool.uv.sources]\nlib = { path = "../lib", package = false }\n'
    write_project(entry, "app", ["lib"], tables=sources)
    write_project(entry.parent / "lib", "lib")
    lock_project(entry)

    with pytest.raises(ValueError, match=r"uv\.lock: lib is not a package: uv does not install it"):
        install_for()
