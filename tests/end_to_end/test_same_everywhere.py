"""One app on two machines that differ in all that should not matter: the same bytes."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from streambda.node import JSII_NODE, bundled_node
from tests.support.templates import ROOT
from tests.support.wheels import make_layer_archive, make_wheel

# Each synthesis begins with empty caches, also that of jsii.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"

# With the metadata that the CDK CLI asks for.
APP = """
import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import ManagedPython, PythonLayer, StreamingFunction, StreamingRestApi

HERE = Path(__file__).parent
app = cdk.App(
    outdir=sys.argv[1],
    context={"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True},
)
stack = cdk.Stack(app, "Same")
PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=HERE / "layer.zip")
words = StreamingFunction(stack, "Words", entry=HERE / "src", handler="main.handler")
words.add_function_url()
StreamingRestApi(stack, "Api").add_stream("POST", "/words", words)
StreamingFunction(
    stack, "Managed", entry=HERE / "plain", handler="main.handler", runtime=ManagedPython("3.13")
)
app.synth()
"""
HANDLER = """
KINDS = {"istanbul", "ISTANBUL", "straße", "one", "two", "three"}


def handler(event, context):
    yield from sorted(KINDS)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """`names` is the order in which the files of the project are written."""

    folder: Path
    umask: int
    locale: str
    zone: str
    hash_seed: str
    mode: int
    names: tuple[str, ...]

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def write_project(self) -> None:
        wheel = {"tiny/__init__.py": "", "tiny/data.py": "X = {'a', 'b', 'c'}\n", "bin/tiny": "#!"}
        make_wheel(self.folder, "tiny", wheel)
        files = {
            "app.py": APP,
            "src/main.py": HANDLER,
            "src/requirements.txt": "--no-index\n--find-links ../../\ntiny\n",
            "src/ä.txt": "ä\n",
            "plain/main.py": HANDLER,
        }
        for name in self.names:
            path = self.project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[name], "utf-8")
            path.chmod(self.mode)
            os.utime(path, (int(self.hash_seed) * 10**8,) * 2)
        make_layer_archive(HERE, self.project).rename(self.project / "layer.zip")

    def run(self, *arguments: object, cwd: Path) -> None:
        node = bundled_node()
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=cwd,
            umask=self.umask,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "lambda_src"))),
                # No cache of another run.
                "HOME": str(self.folder),
                "STREAMBDA_CACHE_DIR": str(self.folder / "streambda"),
                "UV_CACHE_DIR": str(self.folder / "uv"),
                "LC_ALL": self.locale,
                "TZ": self.zone,
                "PYTHONHASHSEED": self.hash_seed,
                **({JSII_NODE: str(node)} if node else {}),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=190,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def machines(tmp_path: Path) -> tuple[Machine, Machine]:
    names = ("app.py", "src/main.py", "src/requirements.txt", "src/ä.txt", "plain/main.py")
    one = Machine(
        folder=tmp_path / "one", umask=0o022, locale="C", zone="UTC", hash_seed="1", mode=0o664,
        names=names,
    )  # fmt: skip
    other = Machine(
        folder=tmp_path / "an other/place", umask=0o077, locale="C.UTF-8", zone="EAST-14",
        hash_seed="9", mode=0o600, names=names[::-1],
    )  # fmt: skip
    for machine in (one, other):
        machine.folder.mkdir(parents=True)
        machine.write_project()
    return one, other


def read_files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Path -> whether it may be read and run by others, and the bytes."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mode & 0o005, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_syntheses_are_the_same(machines: tuple[Machine, Machine]) -> None:
    one, other = machines

    one.run("app.py", one.folder / "out", cwd=one.project)
    other.run(other.project / "app.py", other.folder / "out", cwd=other.folder)

    first, second = read_files(one.folder / "out"), read_files(other.folder / "out")
    assert first.keys() == second.keys()
    for name, (mode, content) in first.items():
        assert content == second[name][1], name
        # What is in a function's folder has these modes in its zip.
        assert name.count("/") == 0 or mode == second[name][0], name
    assert "Same.template.json" in first
    assert len([name for name in first if name.endswith("/tiny/data.py")]) == 1
    assert any(name.endswith(".pyc") for name in first)


@pytest.mark.parametrize("runtime", ["provided.al2023", "python3.13"])
def test_two_packages_are_the_same(machines: tuple[Machine, Machine], runtime: str) -> None:
    one, other = machines
    options = ["--handler", "main.handler", "--console-scripts", "--runtime", runtime]
    command = ["-m", "streambda", "package"]
    for machine, cwd, out in ((one, one.project, "build"), (other, other.folder, "elsewhere")):
        source = os.path.relpath(machine.project / "src", cwd)
        layer = ["--layer", machine.project / "layer.zip"] if runtime.startswith("prov") else []
        machine.run(*command, source, *options, *layer, "--out", out, cwd=cwd)

    first, second = read_files(one.project / "build"), read_files(other.folder / "elsewhere")

    assert first.keys() == second.keys() >= {"function.zip", "manifest.json"}
    for name, (_, content) in first.items():
        assert content == second[name][1], name
