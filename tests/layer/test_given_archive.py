"""A python-build-standalone archive that is already on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from streambda.layer import Architecture, ensure_layer
from streambda.layer.__main__ import FAILED, main
from streambda.layer.build import ensure_layer_from
from streambda.layer.errors import LayerError, WrongArchive
from streambda.layer.recipe import read_recipe, recipe_folder
from tests.layer.conftest import RecipeWithPbs, sha256

URL = "http://host.invalid/cpython-3.13.tar.gz"


@pytest.fixture
def given(tmp_path: Path, pbs_archive: bytes) -> Path:
    path = tmp_path / "given.tar.gz"
    path.write_bytes(pbs_archive)
    return path


def _ensure(recipe: Path, archive: Path, lines: list[str]) -> Path:
    return ensure_layer_from(
        recipe, Architecture.X86_64, sources=["pbs"], archive=archive, report=lines.append
    )


def test_it_is_taken_without_a_download(
    cache: Path, given: Path, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    lines: list[str] = []

    path = _ensure(recipe_with_pbs(URL, sha256(pbs_archive)), given, lines)

    assert path.parent == cache / "layer"
    assert lines[0].endswith(f"from {given}")
    assert not any("downloading" in line for line in lines)
    assert given.read_bytes() == pbs_archive


@pytest.mark.parametrize("cut", [1, 200])
def test_other_bytes_are_refused_and_nothing_is_left_behind(
    cache: Path, given: Path, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes, cut: int
) -> None:
    recipe = recipe_with_pbs(URL, sha256(pbs_archive))
    given.write_bytes(pbs_archive[:-cut])

    with pytest.raises(WrongArchive) as caught:
        _ensure(recipe, given, [])

    locked = sha256(pbs_archive)
    assert str(caught.value) == (
        f"{given}: SHA-256 is {sha256(pbs_archive[:-cut])}, python-layer.lock says "
        f"{locked} for x86_64, {locked} for arm64; give the x86_64 archive, {URL}"
    )
    assert not cache.exists()


@pytest.mark.usefixtures("cache")
def test_other_bytes_are_refused_even_if_the_layer_is_built(
    given: Path, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    recipe = recipe_with_pbs(URL, sha256(pbs_archive))
    _ensure(recipe, given, [])
    given.write_bytes(b"other")

    with pytest.raises(WrongArchive):
        _ensure(recipe, given, [])


def test_the_other_architectures_archive_is_recognised() -> None:
    archives = read_recipe(recipe_folder()).lock.pbs.archives
    locked = {str(name): archive.sha256 for name, archive in archives.items()}

    error = WrongArchive(
        "x", found=locked[Architecture.ARM64], architecture="x86_64", locked=locked, url=URL
    )

    assert "; build with --arch arm64, or give the x86_64 archive, " in str(error)


@pytest.mark.usefixtures("cache")
def test_an_archive_that_is_missing_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "none.tar.gz"

    assert main(["build", "--arch", "arm64", "--archive", str(missing)]) == FAILED

    err = capsys.readouterr().err
    assert str(missing) in err
    assert err.count("\n") == 1


@pytest.mark.usefixtures("cache")
def test_a_wrong_archive_is_no_reason_for_another_source(
    given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "--arch", "arm64", "--archive", str(given)]) == FAILED

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{given}: SHA-256 is ")


def test_an_archive_is_for_one_source(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="for the source pbs, not for debian"):
        ensure_layer(Architecture.ARM64, source="debian", archive=given)

    with pytest.raises(SystemExit) as caught:
        main(["build", "--arch", "arm64", "--source", "debian", "--archive", str(given)])
    assert caught.value.code == 2
    assert "--archive is for --source pbs" in capsys.readouterr().err


def test_an_archive_with_the_locks_hash_that_is_none_is_an_error(
    cache: Path, given: Path, recipe_with_pbs: RecipeWithPbs
) -> None:
    given.write_bytes(b"not a tar archive")

    with pytest.raises(LayerError, match=r"given\.tar\.gz: cannot be unpacked"):
        _ensure(recipe_with_pbs(URL, sha256(given.read_bytes())), given, [])

    assert [path.name for path in (cache / "layer").iterdir()] == ["x86_64.lock"]
