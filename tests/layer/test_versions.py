"""Which Python is requested, and which sources have it."""

from __future__ import annotations

import json
import zipfile

import pytest

from streambda.layer import Architecture, LayerUnavailable, ensure_layer
from streambda.layer.__main__ import UNAVAILABLE, main
from streambda.layer.build import ensure_requested_layer
from streambda.layer.recipe import read_recipe, recipe_folder
from streambda.layer.request import LayerRequest, list_pythons
from tests.layer.conftest import RecipeWithPbs
from tests.support.release_page import ReleasePage, make_pbs_archive, sha256

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def _make_request(python: str | None, *sources: str) -> LayerRequest:
    return LayerRequest(
        architecture=Architecture.X86_64, sources=sources or ("pbs",), python=python
    )


def test_the_lock_has_every_supported_python() -> None:
    lock = read_recipe(recipe_folder()).lock

    assert list_pythons(lock) == PYTHONS
    assert list(lock.pbs.pythons) == PYTHONS
    assert lock.pbs.default_python == "3.13"
    assert (lock.debian.default_python, lock.debian.pythons) == ("3.11", ("3.11",))
    assert lock.docker.default_python in lock.docker.pythons
    for python, release in lock.pbs.releases.items():
        assert release.version.startswith(f"{python}.")


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("python", ["3.12", "3.14"])
def test_each_python_is_a_layer_of_its_own(
    release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs, python: str
) -> None:
    release_page.body = make_pbs_archive(python)
    recipe = recipe_with_pbs(release_page.url, sha256(release_page.body), python)

    path = ensure_requested_layer(recipe, _make_request(python))

    assert path.name.startswith(f"python-x86_64-pbs-{python}-")
    with zipfile.ZipFile(path) as layer:
        assert f"python-rt/lib/python{python}/os.py" in layer.namelist()
        document = json.loads(layer.read("python-rt/sbom.cdx.json"))
    assert {"name": "streambda:python", "value": python} in document["metadata"]["properties"]
    assert document["components"][0]["version"].startswith(f"{python}.")


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_one_python_in_the_cache_is_not_taken_for_another(
    release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs
) -> None:
    archives = {python: make_pbs_archive(python) for python in ("3.12", "3.14")}
    for python, archive in archives.items():  # both in the lock before the first is built
        recipe = recipe_with_pbs(release_page.url, sha256(archive), python)

    for python in ("3.12", "3.14", "3.12"):
        release_page.body = archives[python]
        with zipfile.ZipFile(ensure_requested_layer(recipe, _make_request(python))) as layer:
            assert f"python-rt/lib/python{python}/os.py" in layer.namelist()

    assert len(release_page.ranges) == 2


@pytest.mark.usefixtures("cache")
def test_a_source_without_that_python_is_unavailable() -> None:
    lines: list[str] = []

    with pytest.raises(LayerUnavailable) as caught:
        ensure_requested_layer(recipe_folder(), _make_request("3.13", "debian"), lines.append)

    assert caught.value.reasons == {"debian": "it has Python 3.11, not 3.13"}
    assert lines == ["debian: it has Python 3.11, not 3.13"]


@pytest.mark.usefixtures("cache")
def test_the_command_says_which_python_a_source_has(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["build", "--arch", "arm64", "--source", "debian", "--python", "3.12"]

    assert main(arguments) == UNAVAILABLE

    assert capsys.readouterr().err.splitlines() == [
        "debian: it has Python 3.11, not 3.12",
        "no source for the arm64 Python layer: debian: it has Python 3.11, not 3.12",
    ]


def test_an_unknown_python_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    message = "python must be one of 3.11, 3.12, 3.13, 3.14; got '3.10'"

    with pytest.raises(ValueError, match=message):
        ensure_layer(Architecture.ARM64, python="3.10")

    with pytest.raises(SystemExit) as caught:
        main(["build", "--arch", "arm64", "--python", "3.10"])
    assert caught.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"python -m streambda.layer: error: {message}"
    )


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_a_source_that_has_that_python_is_used_instead_of_one_that_has_not(
    release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs
) -> None:
    release_page.body = make_pbs_archive("3.12")
    recipe = recipe_with_pbs(release_page.url, sha256(release_page.body), "3.12")
    lines: list[str] = []

    path = ensure_requested_layer(recipe, _make_request("3.12", "debian", "pbs"), lines.append)

    assert "-pbs-3.12-" in path.name
    assert lines[0] == "debian: it has Python 3.11, not 3.12"
