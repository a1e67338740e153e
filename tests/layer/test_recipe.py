from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from streambda.layer.architecture import Architecture
from streambda.layer.errors import LayerError
from streambda.layer.lock import read_lock
from streambda.layer.recipe import fingerprint, read_recipe, recipe_folder


def test_the_recipe_of_this_repository_reads() -> None:
    recipe = read_recipe(recipe_folder())

    for architecture in Architecture:
        for release in recipe.lock.pbs.releases.values():
            assert len(release.archives[architecture].sha256) == 64
        assert all(len(p.sha256[architecture]) == 64 for p in recipe.lock.debian.packages.values())
    assert "libc.so.6" in recipe.base_image_libraries
    assert "libexpat.so.1" not in recipe.base_image_libraries
    assert not {"pdb.py", "doctest.py", "pydoc.py"} & {
        pattern for removal in recipe.removals for pattern in removal.stdlib
    }


def test_the_lock_names_no_registry_but_release_pages() -> None:
    lock = read_lock(recipe_folder() / "python-layer.lock")

    for release in lock.pbs.releases.values():
        version, date = release.version.split("+")
        for archive in release.archives.values():
            assert archive.url.startswith(
                "https://github.com/astral-sh/python-build-standalone/releases/download/"
                f"{date}/cpython-{version}%2B{date}-"
            )


def test_the_installed_recipe_is_preferred_to_the_repositorys(tmp_path: Path) -> None:
    package = tmp_path / "streambda/layer"

    assert recipe_folder(package) == tmp_path / "layer"

    (tmp_path / "streambda/_layer").mkdir(parents=True)
    assert recipe_folder(package) == tmp_path / "streambda/_layer"


def test_a_changed_recipe_has_another_fingerprint(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(recipe_folder(), tmp_path / "layer"))
    (copy / "folder").mkdir()
    assert fingerprint(copy) == fingerprint(recipe_folder())

    with (copy / "prune.toml").open("a") as file:
        file.write("# more\n")

    assert fingerprint(copy) != fingerprint(recipe_folder())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[pbs", "not TOML"),
        ("[pbs]\n", "'default' is missing"),
        ("default = '3.13'\n[pbs]\n", "'releases' is missing"),
        ("default = '3.13'\n[pbs]\nreleases = 5\n", "not laid out as python-layer.lock"),
        ("default = '3.13'\n[pbs]\nreleases = [5]\n", "not laid out as python-layer.lock"),
    ],
)
def test_an_error_in_the_lock_names_the_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "python-layer.lock"
    path.write_text(text)

    with pytest.raises(LayerError, match=message) as caught:
        read_lock(path)

    assert str(path) in str(caught.value)


def test_a_lock_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary.lock").write_bytes(b"\xff")

    with pytest.raises(LayerError, match=r"binary\.lock: not TOML"):
        read_lock(tmp_path / "binary.lock")
    with pytest.raises(LayerError, match=r"none\.lock: No such file or directory, expected a pyth"):
        read_lock(tmp_path / "none.lock")
