"""Which Python is requested, and which sources have it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from streambda.layer import Architecture, LayerUnavailable, ensure_layer
from streambda.layer.__main__ import OK, UNAVAILABLE, main
from streambda.layer.build import ensure_requested_layer
from streambda.layer.errors import SourceUnavailable
from streambda.layer.recipe import lock_path, read_recipe, recipe_folder
from streambda.layer.request import LayerRequest, list_pythons
from tests.layer.conftest import RecipeWithPbs
from tests.support.release_page import ReleasePage, make_pbs_archive, sha256

PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]


def _make_request(
    python: str | None, *sources: str, fallback: str | None = None, lock: Path | None = None
) -> LayerRequest:
    return LayerRequest(
        architecture=Architecture.X86_64,
        sources=sources or ("pbs",),
        python=python,
        fallback=fallback,
        lock=lock,
    )


def test_the_lock_has_every_supported_python() -> None:
    lock = read_recipe(recipe_folder()).lock

    assert list_pythons(lock) == PYTHONS
    assert list(lock.pbs.pythons) == PYTHONS
    assert lock.default_python == "3.13"
    assert lock.debian.pythons == ("3.11",)
    assert lock.docker.pythons == ("3.11", "3.12", "3.13", "3.14")
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

    reason, error = capsys.readouterr().err.splitlines()
    assert reason == "debian: it has Python 3.11, not 3.12"
    assert error == (
        f"no source for the arm64 Python 3.12 layer: {reason}. What helps: choose Python 3.11, "
        "which debian has (python), or allow it where 3.12 cannot be had (fallback)"
    )


def test_an_unknown_python_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    message = "python must be one of 3.11, 3.12, 3.13, 3.14, 3.15; got '3.10'"

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


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("source", ["debian", "auto"])
def test_the_default_is_the_same_whatever_a_source_has(
    monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setattr("streambda.layer.sources.pbs.fetch.fetch_archive", _out_of_reach)
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(LayerUnavailable, match=r"no source for the arm64 Python 3\.13 layer: "):
        ensure_layer(Architecture.ARM64, source=source)


def _out_of_reach(*_: object) -> None:
    raise SourceUnavailable("cannot reach github.com")


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_a_fallback_is_taken_only_where_no_source_has_the_python(
    release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs
) -> None:
    bodies = {python: make_pbs_archive(python) for python in ("3.12", "3.14")}
    recipe = recipe_with_pbs(release_page.url, sha256(bodies["3.14"]), "3.14")
    recipe_with_pbs("http://host.invalid/x", sha256(bodies["3.12"]), "3.12")
    lines: list[str] = []
    request = _make_request("3.12", fallback="3.14")

    release_page.body = bodies["3.14"]
    assert "-pbs-3.14-" in ensure_requested_layer(recipe, request, lines.append).name
    assert lines[2].startswith("pbs: cannot reach host.invalid")
    assert lines[3] == "no available source has Python 3.12: taking the fallback, 3.14"

    recipe_with_pbs(release_page.url, sha256(bodies["3.12"]), "3.12")
    release_page.body = bodies["3.12"]
    assert "-pbs-3.12-" in ensure_requested_layer(recipe, request).name


@pytest.mark.usefixtures("cache")
def test_a_fallback_that_no_source_has_either_is_an_error() -> None:
    with pytest.raises(LayerUnavailable, match=r"Python 3\.14 layer: debian: it has Python 3\.11"):
        ensure_requested_layer(recipe_folder(), _make_request("3.13", "debian", fallback="3.14"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"python": "3.13.2"},
            r"^python must be .*; got '3\.13\.2': write '3\.13', its third number",
        ),
        ({"python": "python3.13"}, r"^python must be one of 3\.11, .*; got 'python3\.13'$"),
        ({"python": ""}, r"^python must be one of .*; got ''$"),
        ({"fallback": "3.10"}, r"^fallback must be one of .*; got '3\.10'$"),
        ({"fallback": "3.13"}, r"^fallback must be another Python than 3\.13$"),
        ({"python": "3.12", "fallback": "3.12"}, r"^fallback must be another Python than 3\.12$"),
        ({"archive": Path("x"), "fallback": "3.11"}, r"^an archive has one Python; got the fallb"),
    ],
)
def test_a_version_that_cannot_be_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ensure_layer(Architecture.ARM64, **options)


def _write_lock(folder: Path, *pythons: str, default: str = "3.12") -> Path:
    """A lock of the user's own, with only python-build-standalone."""
    url = "http://host.invalid/x"
    archives = "".join(
        f"[pbs.releases.archives.{one}]\nurl = '{url}'\nsha256 = '{one}'\n" for one in Architecture
    )
    releases = [
        f"[[pbs.releases]]\npython = '{python}'\nversion = '{python}.1+1'\n{archives}"
        for python in pythons
    ]
    path = folder / "own.lock"
    path.write_text(f"default = '{default}'\n" + "".join(releases))
    return path


@pytest.mark.usefixtures("cache")
def test_a_lock_of_ones_own_names_what_there_is(tmp_path: Path) -> None:
    lock = _write_lock(tmp_path, "3.12", "3.16")

    with pytest.raises(ValueError, match=r"^python must be one of 3\.12, 3\.16; got '3\.13'$"):
        ensure_layer(Architecture.ARM64, python="3.13", lock=lock)
    with pytest.raises(LayerUnavailable) as caught:
        ensure_layer(Architecture.ARM64, lock=lock)

    assert " Python 3.12 layer: pbs: cannot reach host.invalid" in str(caught.value)
    assert caught.value.reasons["debian"] == caught.value.reasons["docker"]
    assert caught.value.reasons["debian"] == f"{lock} does not name it"


@pytest.mark.slow
def test_a_layer_by_a_lock_of_ones_own_is_cached_apart(
    cache: Path,
    release_page: ReleasePage,
    recipe_with_pbs: RecipeWithPbs,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    release_page.body = make_pbs_archive()
    recipe = recipe_with_pbs(release_page.url, sha256(release_page.body))
    lock = tmp_path / "own.lock"
    lock.write_bytes(lock_path(recipe).read_bytes())

    shipped = ensure_requested_layer(recipe, _make_request(None))
    own = ensure_requested_layer(recipe, _make_request(None, lock=lock))

    assert own != shipped
    assert own.read_bytes() == shipped.read_bytes()
    assert main(["list"]) == OK
    rows = capsys.readouterr().out.splitlines()[1:]
    assert sorted(row.split(maxsplit=3)[2:] for row in rows) == [
        ["3.13.18", "pbs            older   0.0 MB"],
        ["3.13.18", "pbs, own lock  older   0.0 MB"],
    ]


def test_the_lock_can_be_printed_to_start_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lock"]) == OK

    assert capsys.readouterr().out == lock_path(recipe_folder()).read_text()
