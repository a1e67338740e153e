"""A python-build-standalone archive that is already on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from streambda.layer import Architecture, ensure_layer
from streambda.layer.__main__ import FAILED, main
from streambda.layer.build import ensure_requested_layer
from streambda.layer.errors import LayerError, OtherArchive, WrongArchive
from streambda.layer.recipe import read_recipe, recipe_folder
from streambda.layer.request import LayerRequest
from streambda.layer.sources.pbs.source import find_release
from tests.layer.conftest import RecipeWithPbs
from tests.support.release_page import make_pbs_archive, sha256

URL = "http://host.invalid/cpython-3.13.tar.gz"


@pytest.fixture
def given(tmp_path: Path, pbs_archive: bytes) -> Path:
    path = tmp_path / "given.tar.gz"
    path.write_bytes(pbs_archive)
    return path


def _ensure(recipe: Path, archive: Path, lines: list[str], python: str | None = None) -> Path:
    request = LayerRequest(
        architecture=Architecture.X86_64, sources=("pbs",), archive=archive, python=python
    )
    return ensure_requested_layer(recipe, request, lines.append)


@pytest.mark.slow
def test_it_is_used_without_a_download(
    cache: Path, given: Path, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    lines: list[str] = []

    path = _ensure(recipe_with_pbs(URL, sha256(pbs_archive)), given, lines)

    assert path.parent == cache / "layer"
    assert lines[0].endswith(f"from {given}")
    assert not any("downloading" in line for line in lines)
    assert given.read_bytes() == pbs_archive


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("python", ["3.11", "3.14"])
def test_its_hash_says_which_python_it_is(
    tmp_path: Path, recipe_with_pbs: RecipeWithPbs, python: str
) -> None:
    archive = tmp_path / "any-name.tar.gz"
    archive.write_bytes(make_pbs_archive(python))
    recipe = recipe_with_pbs(URL, sha256(archive.read_bytes()), python)

    assert f"-pbs-{python}-" in _ensure(recipe, archive, []).name
    assert f"-pbs-{python}-" in _ensure(recipe, archive, [], python).name


def test_an_archive_of_another_python_than_requested_is_refused(
    tmp_path: Path, recipe_with_pbs: RecipeWithPbs
) -> None:
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(make_pbs_archive("3.12"))
    recipe = recipe_with_pbs(URL, sha256(archive.read_bytes()), "3.12")
    locked = read_recipe(recipe).lock.pbs.releases["3.14"].archives[Architecture.X86_64]

    with pytest.raises(OtherArchive) as caught:
        _ensure(recipe, archive, [], "3.14")

    assert str(caught.value) == (
        f"{archive} is CPython 3.12.16+20261110 for x86_64, expected one for Python 3.14 on "
        f"x86_64, such as {locked.url}"
    )


@pytest.mark.parametrize("cut", [1, 200])
def test_other_bytes_are_refused_and_nothing_is_left_behind(
    cache: Path, given: Path, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes, cut: int
) -> None:
    recipe = recipe_with_pbs(URL, sha256(pbs_archive))
    newest = read_recipe(recipe).lock.pbs.releases["3.15"].archives[Architecture.X86_64]
    given.write_bytes(pbs_archive[:-cut])

    with pytest.raises(WrongArchive) as caught:
        _ensure(recipe, given, [])

    message = str(caught.value)
    assert message.startswith(
        f"{given}: its SHA-256 is {sha256(pbs_archive[:-cut])}, but python-layer.lock says "
    )
    assert f", {sha256(pbs_archive)} (3.13 for x86_64), " in message
    assert message.endswith(f"; use one of these archives, such as {newest.url}")
    assert not cache.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_other_bytes_are_refused_even_if_the_layer_is_built(
    given: Path, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    recipe = recipe_with_pbs(URL, sha256(pbs_archive))
    _ensure(recipe, given, [])
    given.write_bytes(b"other")

    with pytest.raises(WrongArchive):
        _ensure(recipe, given, [])


def test_the_other_architectures_archive_is_recognised(
    given: Path, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    recipe = recipe_with_pbs(URL, sha256(pbs_archive))
    lock = recipe / "python-layer.lock"
    x86_64, rest = lock.read_text().split(sha256(pbs_archive), 1)
    lock.write_text(x86_64 + "0" * 64 + rest)  # only arm64's is left

    with pytest.raises(OtherArchive) as caught:
        find_release(given, read_recipe(recipe).lock.pbs, Architecture.X86_64)

    assert str(caught.value) == (
        f"{given} is CPython 3.13.18+20261110 for arm64, expected one for x86_64, such as {URL}"
    )


@pytest.mark.usefixtures("cache")
def test_a_missing_archive_is_an_error_of_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "none.tar.gz"

    assert main(["build", "--arch", "arm64", "--archive", str(missing)]) == FAILED

    err = capsys.readouterr().err
    assert str(missing) in err
    assert err.count("\n") == 1


@pytest.mark.usefixtures("cache")
def test_after_a_wrong_archive_no_other_source_is_tried(
    given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "--arch", "arm64", "--archive", str(given)]) == FAILED

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{given}: its SHA-256 is ")


def test_an_archive_is_for_one_source(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="an archive is for the source pbs, not for debian"):
        ensure_layer(Architecture.ARM64, source="debian", archive=given)

    with pytest.raises(SystemExit) as caught:
        main(["build", "--arch", "arm64", "--source", "debian", "--archive", str(given)])
    assert caught.value.code == 2
    assert "an archive is for the source pbs, not for debian" in capsys.readouterr().err


def test_a_file_that_is_no_archive_is_an_error_even_with_the_locks_hash(
    cache: Path, given: Path, recipe_with_pbs: RecipeWithPbs
) -> None:
    given.write_bytes(b"not a tar archive")

    with pytest.raises(LayerError, match=r"given\.tar\.gz: cannot be unpacked"):
        _ensure(recipe_with_pbs(URL, sha256(given.read_bytes())), given, [])

    assert [path.name for path in (cache / "layer").iterdir()] == ["x86_64.lock"]


def test_every_archive_of_the_lock_has_a_different_hash() -> None:
    releases = read_recipe(recipe_folder()).lock.pbs.releases.values()
    hashes = [archive.sha256 for release in releases for archive in release.archives.values()]

    assert len(set(hashes)) == len(hashes) == 10
