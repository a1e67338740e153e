import re
from pathlib import Path

import pytest

from streambda.bundle.files import list_files
from streambda.bundle.merge import merge_packages

RECORD = "orjson-3.0.dist-info/RECORD"


def write(root: Path, *names: str, text: str = "") -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_only_what_the_wheels_hold_is_laid_beside_the_entry(tmp_path: Path) -> None:
    own = write(tmp_path / "own", "app.py", "data/words.txt")
    tree = write(
        tmp_path / "tree",
        "orjson/__init__.py", "orjson/orjson.so", "orjson/bin/x", "orjson-3.0.dist-info/METADATA",
        # left out
        RECORD, "orjson-3.0.dist-info/INSTALLER", "orjson-3.0.dist-info/REQUESTED",
        "orjson-3.0.dist-info/direct_url.json", "orjson-3.0.dist-info/uv_cache.json",
        ".lock", "bin/orjson", "orjson/__pycache__/x.pyc",
    )  # fmt: skip

    assert merge_packages(list_files(own), tree).keys() == {
        "app.py", "data/words.txt", "orjson/__init__.py", "orjson/orjson.so", "orjson/bin/x",
        "orjson-3.0.dist-info/METADATA",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("orjson/__init__.py", "orjson/__init__.py"),
        ("orjson/extra.py", "orjson/__init__.py"),
        ("orjson.py", "orjson/__init__.py"),
        ("orjson/app.py", "orjson.cpython-313-aarch64-linux-gnu.so"),
        ("orjson.py", "orjson.cpython-313-aarch64-linux-gnu.so"),
        ("google.py", "google/cloud/__init__.py"),
        ("google", "google/cloud/__init__.py"),
        ("LICENSE/mine", "LICENSE"),
    ],
)
def test_a_file_in_the_way_is_refused_and_both_are_named(
    tmp_path: Path, mine: str, theirs: str
) -> None:
    own = write(tmp_path / "own", mine, text="mine")
    tree = write(tmp_path / "tree", theirs, text="theirs")
    write(tree, RECORD, text=f"{theirs},sha256=x,1\n")
    expected = f"{own / mine} is in the way of the package orjson 3.0, which brings {theirs}, "

    with pytest.raises(ValueError, match=f"^{re.escape(expected)}expected one of the two$"):
        merge_packages(list_files(own), tree)


def test_a_package_that_no_record_tells_of_goes_by_its_folder(tmp_path: Path) -> None:
    own = write(tmp_path / "own", "orjson/extra.py")
    tree = write(tmp_path / "tree", "orjson/__init__.py")

    with pytest.raises(ValueError, match="in the way of the package orjson, which"):
        merge_packages(list_files(own), tree)


def test_an_identical_copy_is_not_in_the_way(tmp_path: Path) -> None:
    own = list_files(write(tmp_path / "own", "orjson/__init__.py", "LICENSE"))
    tree = write(tmp_path / "tree", "orjson/__init__.py", "LICENSE")

    assert merge_packages(own, tree) == own


def test_namespace_packages_go_together(tmp_path: Path) -> None:
    own = write(tmp_path / "own", "google/mine.py", "README.md")
    tree = write(tmp_path / "tree", "google/cloud/__init__.py")

    assert merge_packages(list_files(own), tree).keys() == {
        "google/mine.py", "README.md", "google/cloud/__init__.py",
    }  # fmt: skip


def test_scripts_are_kept_where_asked_for(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", "orjson/__init__.py", "bin/orjson")

    assert "bin/orjson" not in merge_packages({}, tree)
    assert "bin/orjson" in merge_packages({}, tree, console_scripts=True)
