"""What `pip install streambda[cdk]` gives to a project of somebody else."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from streambda.bundle.uv import find_uv
from tests.support.templates import ROOT, only
from tests.support.wheels import make_layer_archive, make_wheel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]  # on a busy machine

APP = """
import sys
from pathlib import Path

import aws_cdk as cdk

from stacks.mine import MyStack

app = cdk.App()
MyStack(app, "Mine", layer_archive=Path(sys.argv[1]))
app.synth()
"""
# `stacks` as in this repository: an installed streambda must not have such a package.
STACK = """
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from streambda.cdk import PythonLayer, StreamingFunction


class MyStack(cdk.Stack):
    def __init__(self, scope: Construct, id: str, *, layer_archive: Path) -> None:
        super().__init__(scope, id)
        PythonLayer.of(self, lambda_.Architecture.ARM_64, archive=layer_archive)
        words = StreamingFunction(self, "Words", entry="src", handler="words.handler")
        words.add_function_url()
"""
HANDLER = """
from collections.abc import Iterator

from streambda_runtime import Context, StreamingResponse


def handler(event: dict[str, object], context: Context) -> StreamingResponse:
    return StreamingResponse(words(), media_type="text/plain")


def words() -> Iterator[str]:
    yield "hello"
"""


@dataclass(frozen=True, slots=True)
class VirtualEnvironment:
    python: Path
    home: Path

    @property
    def site_packages(self) -> Path:
        [folder] = self.python.parents[1].glob("lib/python3.*/site-packages")
        return folder

    def run(self, *arguments: object, cwd: Path, **environment: str) -> str:
        done = subprocess.run(
            [self.python, *map(str, arguments)],
            cwd=cwd,
            # No PYTHONPATH, so nothing of this checkout. The CDK looks for Node.js on PATH.
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=260,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def run_uv(*arguments: object) -> None:
    found = find_uv()
    assert found is not None
    command = [found.path, *map(str, arguments), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=260)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run_uv("build", "--wheel", "--out-dir", folder, ROOT)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def install(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., VirtualEnvironment]:
    """Installs the wheel with an extra, by default `cdk`, in a new virtual environment."""
    pins = tmp_path_factory.mktemp("pins") / "constraints.txt"
    pins.write_text(_remove_hashes((ROOT / "requirements.txt").read_text()))
    home = tmp_path_factory.mktemp("home")  # one for all: the CDK unpacks itself into a cache there

    def make(extra: str = "cdk") -> VirtualEnvironment:
        folder = tmp_path_factory.mktemp("venv")
        python = folder / "bin/python"
        run_uv("venv", "--python", sys.executable, folder)
        run_uv(
            *("pip", "install", "--python", python),
            *("--constraint", pins, f"streambda[{extra}] @ {wheel}"),
        )
        return VirtualEnvironment(python, home)

    return make


@pytest.fixture(scope="session")
def installed(install: Callable[[], VirtualEnvironment]) -> VirtualEnvironment:
    return install()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {"app.py": APP, "stacks/mine.py": STACK, "src/words.py": HANDLER}
    for name, text in files.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "project"


def _remove_hashes(requirements: str) -> str:
    # With hashes pip needs one for everything, also for the wheel that is built here.
    lines = (line.removesuffix("\\").strip() for line in requirements.splitlines())
    return "\n".join(line for line in lines if not line.startswith("--hash"))


def synthesise(installed: VirtualEnvironment, project: Path, out: str) -> Path:
    folder = project.parent / out
    layer = make_layer_archive("3.11", project.parent)
    installed.run("app.py", layer, cwd=project, CDK_OUTDIR=str(folder))
    return folder


def test_an_app_with_stacks_of_its_own_can_be_synthesised(
    installed: VirtualEnvironment, project: Path
) -> None:
    out = synthesise(installed, project, "out")

    template = json.loads((out / "Mine.template.json").read_text())
    function = only(template, "AWS::Lambda::Function")
    code = out / f"asset.{function['Code']['S3Key'].removesuffix('.zip')}"
    assert only(template, "AWS::Lambda::Url")["InvokeMode"] == "RESPONSE_STREAM"
    assert os.access(code / "bootstrap", os.X_OK)
    assert (code / "streambda_runtime/loop.py").is_file()
    assert (code / "words.py").is_file()


def test_two_fresh_installs_give_the_same_assets(
    install: Callable[[], VirtualEnvironment], installed: VirtualEnvironment, project: Path
) -> None:
    first = synthesise(installed, project, "first")
    second = synthesise(install(), project, "second")

    assert {path.name for path in first.glob("asset.*")} == {
        path.name for path in second.glob("asset.*")
    }


def test_a_function_can_be_packaged_without_the_cdk(
    install: Callable[..., VirtualEnvironment], project: Path
) -> None:
    environment = install("package")
    layer = make_layer_archive("3.99", project.parent)
    (project / "src/requirements.txt").write_text("--no-index\n--find-links ../../wheels\ntiny\n")
    make_wheel(project.parent / "wheels", "tiny", {"tiny.py": ""})
    options = ["--handler", "words.handler", "--layer", layer, "--out", "build"]

    printed = environment.run("-m", "streambda", "package", "src", *options, cwd=project)

    assert Path(printed.strip()) == Path("build/manifest.json")
    with zipfile.ZipFile(project / "build/function.zip") as packed:
        assert {"bootstrap", "streambda_runtime/loop.py", "tiny.py"} <= set(packed.namelist())
    packages = {path.name.partition("-")[0] for path in environment.site_packages.iterdir()}
    assert not {"aws_cdk", "jsii", "constructs", "boto3"} & packages


def test_the_runtime_can_be_imported_and_nothing_else_is_installed(
    installed: VirtualEnvironment, tmp_path: Path
) -> None:
    code = "import streambda, streambda_runtime as r, importlib.util as u; print(r.__file__); "
    names = ["stacks", "tests", "demo", "benchmarks", "handlers"]

    output = installed.run(
        "-c", f"{code}print([n for n in {names} if u.find_spec(n)])", cwd=tmp_path
    )

    place, found = output.splitlines()
    assert Path(place).is_relative_to(installed.python.parents[1])
    assert found == "[]"


def test_the_wheel_says_that_it_is_typed(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {"streambda/py.typed", "streambda_runtime/py.typed"} <= names
