"""The docker source, with a fake program `docker` and a folder instead of the image."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from streambda.layer.architecture import Architecture
from streambda.layer.build import ensure_requested_layer
from streambda.layer.errors import CheckFailed, LayerError, LayerUnavailable
from streambda.layer.recipe import recipe_folder
from streambda.layer.report import say_nothing
from streambda.layer.request import LayerRequest
from streambda.layer.sources.docker import source as docker
from tests.support.al2023_image import FILES, LIBPYTHON, make_docker
from tests.support.fake_programs import write_program

EXPATS = "licenses/expat.txt"
IMAGE = "public.ecr.aws/lambda/provided:al2023"

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def engine(programs: Path, tmp_path: Path) -> Path:
    make_docker(programs, image=tmp_path / "image")
    return programs


def _ensure(*, recipe: Path | None = None, locked: bool = False) -> Path:
    request = LayerRequest(
        architecture=Architecture.ARM64, sources=("docker",), python="3.13", locked=locked
    )
    return ensure_requested_layer(recipe or recipe_folder(), request, say_nothing)


def _reason() -> str:
    with pytest.raises(LayerUnavailable) as caught:
        _ensure()
    assert "\n" not in str(caught.value)
    return caught.value.reasons["docker"]


def _sbom(layer: zipfile.ZipFile) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(layer.read("python-rt/sbom.cdx.json"))
    return document


@pytest.mark.usefixtures("engine")
def test_the_images_python_becomes_a_layer() -> None:
    with zipfile.ZipFile(_ensure()) as layer:
        names = set(layer.namelist())
        libpython = layer.read(f"python-rt/lib/{LIBPYTHON}")

    assert {name for name in names if ".so" in name} == {
        f"python-rt/lib/{LIBPYTHON}",
        "python-rt/lib/libexpat.so.1",
        "python-rt/lib/libmpdec.so.3",
        "python-rt/lib/python3.13/lib-dynload/_decimal.so",
        "python-rt/lib/python3.13/lib-dynload/_ssl.so",
        "python-rt/lib/python3.13/lib-dynload/pyexpat.so",
    }
    assert {"python-rt/bin/python3", "python-rt/lib/python3.13/os.py"} <= names
    assert libpython == FILES[f"usr/lib64/{LIBPYTHON}"].replace(b"lib64\0", b"lib\0\0\0")


@pytest.mark.slow
@pytest.mark.usefixtures("engine")
def test_the_bill_of_materials_names_the_packages_of_what_is_bundled() -> None:
    with zipfile.ZipFile(_ensure()) as layer:
        document = _sbom(layer)
        texts = {name: layer.read(f"python-rt/{name}") for name in ("LICENSE.txt", EXPATS)}
        names = layer.namelist()

    found = {entry["name"]: entry for entry in document["components"]}
    assert list(found) == ["CPython", "expat", "mpdecimal", "python3.13", "python3.13-libs"]
    assert found["CPython"]["version"] == "3.13.9"
    assert found["expat"]["purl"] == (
        "pkg:rpm/amzn/expat@2.6.3-1.amzn2023.0.2?arch=aarch64&distro=amzn-2023"
    )
    assert found["expat"]["externalReferences"] == [{"type": "license", "url": EXPATS}]
    assert found["mpdecimal"]["licenses"] == [{"license": {"name": "BSD"}}]
    assert texts == {"LICENSE.txt": b"PSF", EXPATS: b"MIT, as said\nnotice"}
    assert "python-rt/licenses/ncurses-libs.txt" not in names
    assert "compositions" not in document


@pytest.mark.slow
def test_docker_is_asked_for_the_architecture_and_dnf_for_the_packages(engine: Path) -> None:
    _ensure()

    version, run = [json.loads(line) for line in (engine / "calls").read_text().splitlines()]
    assert version[0] == "version"
    assert run[: run.index("-c")] == [
        *("run", "--rm", "--interactive", "--platform", "linux/arm64"),
        *("--entrypoint", "/bin/sh", IMAGE),
    ]
    packages = "python3.13 python3.13-libs patchelf rpm"
    assert (engine / "dnf-arguments").read_text() == f"install -y {packages}\n"
    assert (engine / "patchelf-arguments").read_text() == (
        "--force-rpath --set-rpath $ORIGIN/../lib\n"
    )


@pytest.mark.slow
def test_two_builds_are_the_same(engine: Path) -> None:
    first = _ensure()
    content = first.read_bytes()
    first.unlink()

    assert _ensure().read_bytes() == content
    assert len((engine / "calls").read_text().splitlines()) == 4


def test_a_machine_without_docker_makes_the_source_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert _reason() == "this machine has no docker"


def test_the_reason_is_what_the_docker_engine_says(engine: Path) -> None:
    (engine / "refuses").touch()

    assert _reason() == (
        "the Docker engine does not answer: Cannot connect to the Docker daemon. Is it running?"
    )


def test_a_docker_engine_that_does_not_answer_is_not_waited_for(
    engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker, "_ANSWER_SECONDS", 0.2)
    (engine / "hangs").touch()

    assert _reason() == "docker version took longer than 0.2 s"


def test_dnfs_last_line_is_the_reason(engine: Path) -> None:
    text = "#!/bin/sh\necho noise >&2\necho 'Error: Unable to find a match: python3.13' >&2\n"
    write_program(engine / "bin", "dnf", text + "exit 1\n")

    assert _reason() == (
        "docker run failed with exit status 1: Error: Unable to find a match: python3.13"
    )


def test_a_failure_in_the_container_is_the_reason(engine: Path) -> None:
    write_program(engine / "bin", "patchelf", "#!/bin/sh\nexit 3\n")

    assert "patchelf" in _reason()


def test_a_failure_without_a_message_has_a_reason_too(engine: Path) -> None:
    write_program(engine / "bin", "dnf", "#!/bin/sh\nexit 7\n")

    assert _reason() == "docker run failed with exit status 7: no message"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "message"),  # 2048: after the first file, where a tar may well end
    [
        (0, "al2023.tar: cannot be unpacked"),
        (1000, "al2023.tar: cannot be unpacked"),
        (2048, "the archive from the container is incomplete: it has no owners.tsv"),
    ],
)
def test_an_incomplete_archive_is_an_error(
    engine: Path, cache: Path, size: int, message: str
) -> None:
    (engine / "cut").write_text(str(size))

    with pytest.raises(LayerError, match=message):
        _ensure()

    assert [path.name for path in (cache / "layer").iterdir()] == ["arm64.lock"]


@pytest.mark.usefixtures("engine")
def test_a_python_that_cannot_be_moved_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "image/usr/lib64" / LIBPYTHON).write_bytes(b"lib32\0")

    with pytest.raises(LayerError, match=rf"{LIBPYTHON}: has no string lib64"):
        _ensure()


@pytest.mark.slow
@pytest.mark.usefixtures("engine")
def test_a_python_without_its_licence_does_not_pass_the_check(tmp_path: Path) -> None:
    (tmp_path / "image/usr/share/licenses/python3.13-libs/LICENSE").unlink()

    with pytest.raises(CheckFailed, match=r"the licence of CPython, LICENSE\.txt, is missing"):
        _ensure()


@pytest.mark.slow
@pytest.mark.usefixtures("engine")
def test_locked_needs_an_image_by_digest(tmp_path: Path) -> None:
    with pytest.raises(LayerUnavailable) as caught:
        _ensure(locked=True)
    assert (
        caught.value.reasons["docker"]
        == f"the lock names {IMAGE} by a tag, --locked needs a digest"
    )

    recipe = tmp_path / "recipe"
    recipe.mkdir()
    for path in recipe_folder().iterdir():
        (recipe / path.name).write_bytes(path.read_bytes())
    lock = recipe / "python-layer.lock"
    lock.write_text(lock.read_text().replace(IMAGE, f"example.test/x@sha256:{'a' * 64}"))

    assert "-docker-3.13-locked-" in _ensure(recipe=recipe, locked=True).name
