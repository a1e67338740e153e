from pathlib import Path

import pytest

from streambda.cdk.bundle.files import SCRIPTS, list_files, list_runtime_files


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
        ".pytest_cache/x", ".ruff_cache/x", "cdk.out/manifest.json",
    ],
)  # fmt: skip
def test_what_a_machine_leaves_behind_is_left_out(tmp_path: Path, junk: str) -> None:
    write(tmp_path / junk)

    assert list_files(tmp_path) == {}


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
