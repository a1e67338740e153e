"""A function that waits at a gate, packaged as docs/other-tools.md says."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from streambda.layer import Architecture, LayerUnavailable, ensure_layer
from streambda.local.environments.interpreter import Machine
from streambda.package.manifest import Manifest
from streambda.package.package import make_package
from streambda.package.request import LayerChoice, PackageRequest
from tests.support.real_layer import FALLBACK
from tests.support.templates import ROOT
from tests.support.wheels import make_layer_archive

GATED = ROOT / "tests/end_to_end/functions/gated.py"


def write_source(folder: Path) -> Path:
    """The folder `src`, whose handler main.app makes its second chunk after a gate."""
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(f"{GATED.read_text()}\napp = two_chunks\n")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with `src` and `build`; its layer is none that runs."""
    make_project(tmp_path / "project", make_layer_archive("3.11", tmp_path))
    return tmp_path / "project"


@dataclass(frozen=True, slots=True)
class RunnableProject:
    """As `project`, with a layer that runs on this machine."""

    folder: Path
    architecture: Architecture

    def adapt(self, template: str) -> str:
        """For the architecture of this machine."""
        assert "arm64" in template
        return template.replace("arm64", self.architecture)

    @property
    def manifest(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / "build/manifest.json").read_text())
        return read


@pytest.fixture(scope="session")
def runnable(tmp_path_factory: pytest.TempPathFactory) -> RunnableProject:
    machine = Machine.this().architecture
    if machine not in set(Architecture):
        pytest.skip(f"no Python layer for {machine}")
    architecture = Architecture(machine)
    try:
        archive = ensure_layer(architecture, fallback=FALLBACK)
    except LayerUnavailable as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("runnable") / "project"
    make_project(folder, archive, architecture)
    return RunnableProject(folder, architecture)


def make_project(
    folder: Path, archive: Path, architecture: Architecture = Architecture.ARM64
) -> Manifest:
    request = PackageRequest(
        entry=write_source(folder / "src"),
        handler="main.app",
        out=folder / "build",
        architecture=architecture,
        layer=LayerChoice(archive=archive),
    )
    return make_package(request, print)
