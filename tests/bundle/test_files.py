from pathlib import Path

import pytest

from streambda.bundle.files import SCRIPTS, list_files, list_packages, list_runtime_files
from streambda.bundle.options import BundleOptions


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_names_are_paths_in_the_zip(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.py"), write(tmp_path / "a/b/two.txt")

    assert list_files(tmp_path) == {"one.py": one, "a/b/two.txt": two}


@pytest.mark.parametrize(
    "junk",
    [
        "__pycache__/app.cpython-311.pyc", "lib/__pycache__/x", "app.pyc", ".git/HEAD",
        ".gitignore", ".hg/store", ".svn/entries", ".DS_Store", ".venv/bin/python", ".mypy_cache/x",
        ".pytest_cache/x", ".ruff_cache/x", "cdk.out/manifest.json", "node_modules/a/index.js",
        ".tox/x", "words.egg-info/PKG-INFO", ".coverage.host.1", ".idea/x", ".#app.py", "#app.py#",
        ".app.py.swp", "app.py~", ".~lock.data.ods#", "build/bdist.linux-x86_64/x",
    ],
)  # fmt: skip
def test_what_a_machine_leaves_behind_is_left_out(tmp_path: Path, junk: str) -> None:
    write(tmp_path / junk)

    assert list_files(tmp_path) == {}


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "cdk.out"])
def test_what_a_tool_makes_is_known_whatever_its_name(tmp_path: Path, mark: str) -> None:
    write(tmp_path / "odd-name" / mark)
    write(tmp_path / "odd-name/lib/app.py")

    assert list_files(tmp_path) == {}


def test_the_output_of_this_synthesis_is_left_out_before_it_is_complete(tmp_path: Path) -> None:
    write(tmp_path / "generated/asset.1/app.py")
    (tmp_path / "link").symlink_to(tmp_path / "generated")
    own = write(tmp_path / "src/generated/app.py")

    found = list_files(tmp_path, output=tmp_path / "generated")

    assert found["src/generated/app.py"] == own
    assert not any(name.startswith("generated") for name in found)


def test_a_lock_of_an_editor_that_leads_nowhere_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / ".#app.py").symlink_to("me@machine.1234:1700000000")

    assert list_files(tmp_path) == {}


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("tests", {"app.py", "lib/words.csv"}),
        ("tests/", {"app.py", "lib/words.csv"}),
        ("**/tests", {"app.py", "lib/words.csv"}),
        ("./lib/**", {"app.py", "tests/test_app.py"}),
        ("lib/tests", {"app.py", "lib/words.csv", "tests/test_app.py"}),
        ("/tests/*", {"app.py", "lib/words.csv", "lib/tests/test_lib.py"}),
        ("*.csv", {"app.py", "lib/tests/test_lib.py", "tests/test_app.py"}),
        ("lib/*", {"app.py", "tests/test_app.py"}),
    ],
)
def test_what_is_excluded_is_left_out(tmp_path: Path, pattern: str, left: set[str]) -> None:
    for name in ("app.py", "tests/test_app.py", "lib/tests/test_lib.py", "lib/words.csv"):
        write(tmp_path / name)

    assert list_files(tmp_path, BundleOptions(exclude=[pattern])).keys() == left


def test_what_is_included_comes_along_in_any_case(tmp_path: Path) -> None:
    for name in ("node_modules/a/index.js", "x.pyc", "data/keep.csv", "data/drop.csv"):
        write(tmp_path / name)
    options = BundleOptions(include=["node_modules", "data/keep.csv"], exclude=["*.csv"])

    assert list_files(tmp_path, options).keys() == {"node_modules/a/index.js", "data/keep.csv"}


def test_a_package_keeps_all_but_bytecode_of_another_python(tmp_path: Path) -> None:
    kept = {"only/compiled.pyc", "p/.gitkeep", "p/.env", "node_modules/x.js", "p/x.egg-info/y"}
    for name in (*kept, "p/__pycache__/x.cpython-311.pyc"):
        write(tmp_path / name)

    assert list_packages(tmp_path).keys() == kept


def test_links_are_followed(tmp_path: Path) -> None:
    write(tmp_path / "shared/lib.py", "shared")
    entry = tmp_path / "entry"
    entry.mkdir()
    (entry / "shared").symlink_to("../shared")
    (entry / "lib.py").symlink_to("../shared/lib.py")

    found = list_files(entry)

    assert {name: path.read_text() for name, path in found.items()} == {
        "shared/lib.py": "shared",
        "lib.py": "shared",
    }


def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "here").symlink_to(tmp_path)

    with pytest.raises(ValueError, match=r"^cannot package .*/here, it is a link to a folder that"):
        list_files(tmp_path)


def test_a_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gone.py").symlink_to("nowhere.py")

    with pytest.raises(ValueError, match=r"^cannot package .*/gone\.py, expected a file"):
        list_files(tmp_path)


def test_the_runtime_of_the_checkout_is_found() -> None:
    files = list_runtime_files()

    assert files["bootstrap"].parent.name == "lambda_src"
    assert "streambda_runtime/__main__.py" in files
    assert {name.partition("/")[0] for name in files} == {*SCRIPTS, "streambda_runtime"}


def test_the_runtime_of_a_wheel_lies_beside_the_package(tmp_path: Path) -> None:
    scripts = {name: write(tmp_path / "streambda/_lambda_src" / name) for name in SCRIPTS}
    main = write(tmp_path / "streambda_runtime/__main__.py")

    files = list_runtime_files(tmp_path / "streambda")

    assert files == {**scripts, "streambda_runtime/__main__.py": main}


def test_an_installation_without_the_runtime_is_reported(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"^streambda is installed without its runtime, expected "
    ):
        list_runtime_files(tmp_path / "streambda")
