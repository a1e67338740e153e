"""The whole path, from a synthetic python-build-standalone archive to the cache."""

from __future__ import annotations

import json
import threading
import zipfile
from pathlib import Path

import pytest

from streambda.layer import Architecture, HashMismatch, LayerError, LayerUnavailable, ensure_layer
from streambda.layer.build import ensure_requested_layer
from streambda.layer.errors import CheckFailed
from streambda.layer.request import LayerRequest
from streambda.layer.sources.sources import SOURCES
from tests.layer.conftest import RecipeWithPbs
from tests.support.layer_files import (
    ARM64,
    X86_64,
    make_interpreter,
    make_layer_files,
    make_tar,
    write_layer_zip,
)
from tests.support.release_page import ReleasePage, sha256


def _ensure(
    recipe: Path, lines: list[str], architecture: Architecture = Architecture.X86_64
) -> Path:
    return ensure_requested_layer(recipe, make_request(architecture), lines.append)


def make_request(
    architecture: Architecture = Architecture.X86_64,
    *sources: str,
    locked: bool = False,
    python: str | None = None,
) -> LayerRequest:
    return LayerRequest(
        architecture=architecture, sources=sources or ("pbs",), locked=locked, python=python
    )


def _cached_files(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "layer").iterdir() if path.suffix != ".lock")


def test_an_archive_becomes_a_pruned_layer(
    cache: Path, release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    release_page.body = pbs_archive
    lines: list[str] = []

    path = _ensure(recipe_with_pbs(release_page.url, sha256(pbs_archive)), lines)

    with zipfile.ZipFile(path) as layer:
        assert [name for name in layer.namelist() if not name.endswith(".pyc")] == [
            "python-rt/LICENSE.txt",
            "python-rt/bin/python3",
            "python-rt/lib/python3.13/LICENSE.txt",
            "python-rt/lib/python3.13/json/decoder.py",
            "python-rt/lib/python3.13/lib-dynload/",
            "python-rt/lib/python3.13/os.py",
            "python-rt/lib/python3.13/pdb.py",
            "python-rt/lib/python3.13/site-packages/",
            "python-rt/sbom.cdx.json",
        ]
        (component,) = json.loads(layer.read("python-rt/sbom.cdx.json"))["components"]
    assert component["version"] == "3.13.18"
    assert component["externalReferences"][1]["url"] == release_page.url
    assert component["hashes"] == [{"alg": "SHA-256", "content": sha256(pbs_archive)}]
    assert _cached_files(cache) == ["downloads", path.name]
    assert lines[:2] == [
        "pbs: using CPython 3.13.18+20261110 (x86_64)",
        "downloading cpython-3.13.tar.gz",
    ]


@pytest.mark.slow
def test_a_layer_is_built_once(
    cache: Path, release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    release_page.body = pbs_archive
    recipe = recipe_with_pbs(release_page.url, sha256(pbs_archive))
    lines: list[str] = []
    paths: list[Path] = []

    builds = [
        threading.Thread(target=lambda: paths.append(_ensure(recipe, lines))) for _ in range(3)
    ]
    for build in builds:
        build.start()
    for build in builds:
        build.join()

    assert len(set(paths)) == 1
    assert sum(line.startswith("pbs: using") for line in lines) == 1


def test_after_a_wrong_hash_no_other_source_is_tried(
    cache: Path, release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs
) -> None:
    release_page.body = b"other bytes"
    recipe = recipe_with_pbs(release_page.url, sha256(b"archive"))

    with pytest.raises(HashMismatch):
        ensure_requested_layer(recipe, make_request(Architecture.ARM64, "pbs", "debian"))

    assert _cached_files(cache) == ["downloads"]
    assert list((cache / "layer/downloads").iterdir()) == []


def test_a_layer_that_fails_its_check_is_not_cached(
    cache: Path, release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    release_page.body = pbs_archive
    recipe = recipe_with_pbs(release_page.url, sha256(pbs_archive))

    with pytest.raises(CheckFailed, match="not for arm64"):
        _ensure(recipe, [], Architecture.ARM64)

    assert _cached_files(cache) == ["downloads"]


def test_an_archive_without_standard_library_is_an_error(
    cache: Path, release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs
) -> None:
    release_page.body = make_tar({"python/bin/python3": make_interpreter()}, mode="gz")

    with pytest.raises(LayerError, match=r"no lib/python3\.13/os\.py"):
        _ensure(recipe_with_pbs(release_page.url, sha256(release_page.body)), [])


def test_without_any_source_the_error_is_one_clear_line(
    cache: Path, recipe_with_pbs: RecipeWithPbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    lines: list[str] = []
    recipe = recipe_with_pbs("http://host.invalid/x", "")

    with pytest.raises(LayerUnavailable) as caught:
        ensure_requested_layer(recipe, make_request(Architecture.ARM64, *SOURCES), lines.append)

    message = str(caught.value)
    assert message.startswith("no source for the arm64 Python 3.13 layer: pbs: cannot reach")
    assert "; debian: it has Python 3.11, not 3.13; docker: this machine has no docker." in message
    assert "\n" not in message
    assert message.endswith(
        ". What helps: choose Python 3.11, which debian has (python), or allow it where 3.13 "
        "cannot be had (fallback); or give this file (archive): http://host.invalid/x"
    )
    assert list(caught.value.reasons) == ["pbs", "debian", "docker"]
    assert _cached_files(cache) == ["downloads"]


@pytest.mark.slow
def test_locked_layers_are_cached_apart(
    cache: Path, release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    release_page.body = pbs_archive
    recipe = recipe_with_pbs(release_page.url, sha256(pbs_archive))
    lines: list[str] = []

    def ensure(locked: bool) -> Path:
        return ensure_requested_layer(recipe, make_request(locked=locked), lines.append)

    assert ensure(False) != ensure(True)
    assert ensure(False).read_bytes() == ensure(True).read_bytes()
    assert sum(line.startswith("pbs: using") for line in lines) == 2


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_a_build_after_a_change_of_the_recipe_downloads_nothing(
    release_page: ReleasePage, recipe_with_pbs: RecipeWithPbs, pbs_archive: bytes
) -> None:
    release_page.body = pbs_archive
    recipe = recipe_with_pbs(release_page.url, sha256(pbs_archive))
    first = _ensure(recipe, [])
    with (recipe / "prune.toml").open("a") as file:
        file.write("# more\n")

    second = _ensure(recipe, [])

    assert second != first
    assert second.read_bytes() == first.read_bytes()
    assert release_page.ranges == [None]
    assert release_page.sent == len(pbs_archive)


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(ValueError, match="one of auto, pbs, debian, docker; got 'podman'"):
        ensure_layer(Architecture.ARM64, source="podman")


@pytest.mark.parametrize(
    ("machine", "python", "told"),
    [
        (ARM64, "3.13", "it is for arm64, not for x86_64"),
        (X86_64, "3.12", "it has Python 3.12, not 3.13"),
    ],
)
def test_a_layer_put_into_the_cache_under_a_wrong_name_is_built_again(
    cache: Path,
    release_page: ReleasePage,
    recipe_with_pbs: RecipeWithPbs,
    pbs_archive: bytes,
    machine: int,
    python: str,
    told: str,
) -> None:
    release_page.body = pbs_archive
    recipe = recipe_with_pbs(release_page.url, sha256(pbs_archive))
    path = _ensure(recipe, [])
    built = path.read_bytes()
    write_layer_zip(path, make_layer_files(machine, python))
    (cache / "layer/x86_64.lock").write_text("")
    lines: list[str] = []

    assert _ensure(recipe, lines) == path
    assert path.read_bytes() == built
    assert lines[0] == f"{path.name}: {told}; building it again"


@pytest.mark.parametrize("change", ["cut", "another", "byte", "no zip", "unknown"])
def test_a_cached_layer_is_what_was_built(
    change: str,
    cache: Path,
    release_page: ReleasePage,
    recipe_with_pbs: RecipeWithPbs,
    pbs_archive: bytes,
) -> None:
    release_page.body = pbs_archive
    recipe = recipe_with_pbs(release_page.url, sha256(pbs_archive))
    path = _ensure(recipe, [])
    built = path.read_bytes()
    if change == "cut":
        path.write_bytes(built[:-100])
    elif change == "another":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("evil", "")
    elif change == "byte":
        path.write_bytes(built[:100] + bytes([built[100] ^ 1]) + built[101:])
    elif change == "no zip":
        path.write_bytes(b"")
    else:  # an intact one, put there by hand
        (cache / "layer/x86_64.lock").write_text("")
    lines: list[str] = []

    assert _ensure(recipe, lines) == path
    assert path.read_bytes() == built
    told = f"{path.name}: it is not what was built, by its SHA-256; building it again"
    assert (told in lines) is (change != "unknown")
    assert _ensure(recipe, lines[:0]) == path
