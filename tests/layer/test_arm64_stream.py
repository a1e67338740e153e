"""What is deployed for arm64 streams: the real layer, the real asset, its own bootstrap, emulated.

The asset is synthesised on this machine, whatever its architecture; qemu runs the layer's Python.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import aws_cdk as cdk
import pytest

from streambda.cdk import PythonLayer, StreamingFunction
from streambda.layer import Architecture
from streambda.layer.elf import read_elf
from tests.support import arm64_emulation, real_layer
from tests.support.chunk_gate import WAIT_AT_GATE, ChunkGate
from tests.support.events import FUNCTION_URL
from tests.support.fake_runtime_api import FakeRuntimeApi, RecordedRequest
from tests.support.split_prelude import split_prelude

pytestmark = [
    pytest.mark.layer,
    pytest.mark.slow,
    arm64_emulation.needs_qemu,
    pytest.mark.timeout(300),
]

OUT_OF_REACH = re.compile("failed to fetch|error sending request|dns|connect|timed out", re.I)
AARCH64 = 183

TWO_CHUNKS = """
import os, platform

def handler(event, context):
    yield f"first, {platform.machine()}\\n"
    wait_at(int(os.environ["GATE"]))
    yield "second\\n"
"""

THREE_PACKAGES = """
import os
import numpy, orjson
from pydantic_core import SchemaValidator

INTEGERS = SchemaValidator({"type": "list", "items_schema": {"type": "int"}})

def handler(event, context):
    numbers = INTEGERS.validate_python(["1", 2, "3"])
    yield f"pydantic-core {numbers}\\n"
    wait_at(int(os.environ["GATE"]))
    matrix = numpy.outer(numbers, numbers)
    yield f"numpy {matrix.trace()}\\n"
    wait_at(int(os.environ["GATE"]))
    yield b"orjson " + orjson.dumps(matrix, option=orjson.OPT_SERIALIZE_NUMPY)
"""


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The arm64 layer's zip."""
    return real_layer.build_layer(tmp_path_factory.getbasetemp(), Architecture.ARM64)


@pytest.fixture(scope="module")
def python(layer: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that runs the layer's Python."""
    folder = tmp_path_factory.mktemp("arm64")
    opt = real_layer.unpack_layer(layer, folder / "opt")
    root = arm64_emulation.install_libraries(arm64_emulation.BASE_IMAGE, folder)
    return arm64_emulation.write_program(opt / real_layer.PYTHON, root, folder / "python3")


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    folder = tmp_path / "entry"
    folder.mkdir()
    return folder


def synthesise(entry: Path, layer: Path, outdir: Path) -> Path:
    """The folder that `cdk deploy` would zip for the function `app.handler`."""
    app = cdk.App(outdir=str(outdir))
    stack = cdk.Stack(app, "Arm64")
    StreamingFunction(
        stack,
        "Function",
        entry=entry,
        handler="app.handler",
        layer=PythonLayer(stack, "Layer", archive=layer),
    )
    app.synth()
    (bootstrap,) = outdir.glob("asset.*/bootstrap")
    return bootstrap.parent


def stream(asset: Path, python: Path, *gated: bytes) -> RecordedRequest:
    """One invocation; its chunks in `gated` must arrive before the handler can go on."""
    with ChunkGate(*gated) as opening, FakeRuntimeApi(FUNCTION_URL, on_data=opening) as fake:
        environment = {
            "AWS_LAMBDA_RUNTIME_API": fake.address,
            "GATE": str(opening.port),
            "PATH": os.defpath,
            "STREAMBDA_PYTHON": str(python),
            "_HANDLER": "app.handler",
        }
        done = subprocess.run(
            [asset / "bootstrap"],
            env=environment,
            cwd=asset,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    # The Runtime API ended it: 410.
    assert done.stderr.startswith("[streambda] GET /2018-06-01/runtime/invocation/next"), done
    (post,) = fake.posts()
    return post


def test_chunk_1_arrives_before_chunk_2_can_be_made(
    layer: Path, python: Path, entry: Path, tmp_path: Path
) -> None:
    (entry / "app.py").write_text(WAIT_AT_GATE + TWO_CHUNKS)
    asset = synthesise(entry, layer, tmp_path / "cdk.out")

    post = stream(asset, python, b"first, aarch64\n")

    prelude, body = split_prelude(post.body)
    assert (prelude["statusCode"], body) == (200, b"first, aarch64\nsecond\n")
    assert post.trailers == {}


def test_three_packages_with_native_code_stream(
    layer: Path,
    python: Path,
    entry: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tmp_path / "cache"))
    (entry / "app.py").write_text(WAIT_AT_GATE + THREE_PACKAGES)
    (entry / "requirements.txt").write_text("pydantic-core\norjson\nnumpy\n")
    try:
        asset = synthesise(entry, layer, tmp_path / "cdk.out")
    except ValueError as error:
        if OUT_OF_REACH.search(str(error)):
            pytest.skip(f"the package index cannot be reached: {error}")
        raise

    post = stream(asset, python, b"pydantic-core [1, 2, 3]\n", b"numpy 14\n")

    machines = {read_elf(path.read_bytes()).machine for path in asset.rglob("*.so")}
    lines = split_prelude(post.body)[1].splitlines()
    assert machines == {AARCH64}
    assert lines[:2] == [b"pydantic-core [1, 2, 3]", b"numpy 14"]
    assert json.loads(lines[2].removeprefix(b"orjson ")) == [[1, 2, 3], [2, 4, 6], [3, 6, 9]]
    assert post.trailers == {}
