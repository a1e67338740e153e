"""A function that waits at a gate, packaged as docs/other-tools.md says."""

from pathlib import Path

import pytest

from streambda.layer import Architecture
from streambda.package.manifest import Manifest
from streambda.package.package import make_package
from streambda.package.request import LayerChoice, PackageRequest
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
