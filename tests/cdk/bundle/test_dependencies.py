import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.bundle import dependencies
from streambda.bundle.dependencies import install_dependencies
from streambda.bundle.package_target import PackageTarget
from streambda.cdk import PythonLayer, StreamingFunction
from streambda.layer.elf import read_elf
from tests.cdk.conftest import MakeApp, MakeFunction
from tests.support.templates import resources, template_of
from tests.support.wheels import make_layer_archive, make_wheel, write_requirements

ARM_64, X86_64 = lambda_.Architecture.ARM_64, lambda_.Architecture.X86_64
NO_LAYER = {"streambda:python-layer": "none"}

# No such Python is on the machine: nothing is compiled.
PYTHON = "3.99"

OUT_OF_REACH = re.compile("failed to fetch|error sending request|dns|connect|timed out", re.I)

Synth = Callable[..., list[Path]]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def tiny(entry: Path) -> Path:
    """The entry asks for a package with one module and one script."""
    make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": "X = 1\n", "bin/tiny": "#!python\n"})
    write_requirements(entry, "tiny==1.0")
    return entry


@pytest.fixture
def synth(make_app: MakeApp, entry: Path, tmp_path: Path) -> Synth:
    """Synthesises anew, a function for each architecture; returns the folder of each one's code."""

    def make(*architectures: lambda_.Architecture, python: str = PYTHON) -> list[Path]:
        app = make_app()
        stack = cdk.Stack(app, "Test")
        for architecture in architectures or (ARM_64,):
            PythonLayer.of(stack, architecture, archive=make_layer_archive(python, tmp_path))
            StreamingFunction(
                stack,
                architecture.name,
                entry=entry,
                handler="app.handler",
                architecture=architecture,
            )
        return assets_of(app, stack)

    return make


def assets_of(app: cdk.App, stack: cdk.Stack) -> list[Path]:
    functions = resources(template_of(stack), "AWS::Lambda::Function").values()
    keys = [function["Code"]["S3Key"] for function in functions]
    return [Path(app.outdir, f"asset.{key.removesuffix('.zip')}") for key in keys]


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes()) for path in files
    }


@pytest.mark.usefixtures("tiny")
def test_packages_lie_beside_the_handler(synth: Synth, capsys: pytest.CaptureFixture[str]) -> None:
    [asset] = synth()

    assert (asset / "tiny.py").read_text() == "X = 1\n"
    assert (asset / "app.py").exists()
    assert (asset / "bootstrap").exists()
    assert {path.name for path in (asset / "tiny-1.0.dist-info").iterdir()} == {"METADATA", "WHEEL"}
    assert not (asset / "bin").exists()
    assert not (asset / ".lock").exists()
    progress = "streambda: installing 1 requirement for arm64, Python 3.99\n"
    assert capsys.readouterr().err.count(progress) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("tiny")
def test_a_second_synthesis_needs_no_uv(
    synth: Synth, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [first] = synth()
    monkeypatch.setattr(dependencies, "find_uv", lambda: None)
    capsys.readouterr()

    [second] = synth()

    assert second.name == first.name
    assert second != first
    assert (second / "tiny.py").exists()
    assert "installing" not in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("tiny")
def test_a_second_synthesis_does_not_install(synth: Synth, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("installed again")

    [first] = synth()
    monkeypatch.setattr(dependencies, "install", forbidden)

    [second] = synth()

    assert second.name == first.name


@pytest.mark.slow
def test_two_installs_are_the_same_byte_for_byte(
    tiny: Path, synth: Synth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel is named by its path, which uv writes down beside the package."""
    write_requirements(
        tiny, f"tiny @ {(tiny.parent / 'wheels/tiny-1.0-py3-none-any.whl').as_uri()}"
    )
    [one] = synth()
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tiny.parent / "other-cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tiny.parent / "other-uv-cache"))

    [other] = synth()

    assert contents(one) == contents(other)


def test_without_uv_one_line_tells_how_to_get_it(
    tiny: Path, synth: Synth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "find_uv", lambda: None)
    expected = rf"^{re.escape(str(tiny))}/requirements\.txt asks for .*: pip install uv"

    with pytest.raises(ValueError, match=expected):
        synth()


@pytest.mark.slow
@pytest.mark.usefixtures("tiny")
def test_two_architectures_and_two_pythons_are_different_assets(synth: Synth) -> None:
    assets = [*synth(ARM_64, X86_64), *synth(python="3.98")]

    assert len({asset.name for asset in assets}) == 3


@pytest.mark.slow
def test_without_requirements_the_architectures_share_one_asset(synth: Synth) -> None:
    arm, x86 = synth(ARM_64, X86_64)

    assert arm == x86


@pytest.mark.slow
def test_each_architecture_gets_its_own_wheel(entry: Path, synth: Synth) -> None:
    for machine in ("aarch64", "x86_64"):
        tag = f"py3-none-manylinux2014_{machine}"
        make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": machine}, tag=tag)
    write_requirements(entry, "tiny")

    arm, x86 = synth(ARM_64, X86_64)

    assert (arm / "tiny.py").read_text() == "aarch64"
    assert (x86 / "tiny.py").read_text() == "x86_64"


@pytest.mark.slow
def test_the_hash_follows_what_is_asked_for(tiny: Path, synth: Synth) -> None:
    [before] = synth()
    make_wheel(tiny.parent / "wheels", "more", {"more.py": ""})
    write_requirements(tiny, "tiny==1.0", "more")

    [after] = synth()

    assert before.name != after.name
    assert (after / "more.py").exists()


@pytest.mark.slow
def test_the_dependencies_of_a_project_are_installed(entry: Path, synth: Synth) -> None:
    wheel = make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": ""})
    project = f"""
        [project]
        name = "app"
        version = "1"
        dependencies = [{json.dumps(f"tiny @ {wheel.as_uri()}")}]
    """
    (entry / "pyproject.toml").write_text(project)

    [asset] = synth()

    assert (asset / "tiny.py").exists()


def test_an_entry_that_is_in_the_way_of_a_package_is_refused(tiny: Path, synth: Synth) -> None:
    (tiny / "tiny.py").write_text("mine")
    expected = f"^{re.escape(str(tiny / 'tiny.py'))} is in the way of the package tiny 1.0, which"

    with pytest.raises(ValueError, match=expected):
        synth()


def test_a_package_may_not_change_the_runtime(entry: Path, synth: Synth) -> None:
    make_wheel(entry.parent / "wheels", "other", {"streambda_runtime/loop.py": "theirs"})
    write_requirements(entry, "other")

    with pytest.raises(ValueError, match=r"loop\.py is in the way of the package other 1\.0"):
        synth()


def test_a_layer_that_does_not_tell_its_python_is_refused(
    tiny: Path, make_function: MakeFunction
) -> None:
    expected = (
        rf"^{re.escape(str(tiny))}/requirements\.txt asks .* expected a streambda\.cdk\.PythonL"
    )

    with pytest.raises(ValueError, match=expected):
        make_function()


@pytest.mark.slow
@pytest.mark.usefixtures("tiny")
def test_a_failed_install_leaves_nothing_in_the_cache(entry: Path, synth: Synth) -> None:
    write_requirements(entry, "gone")
    for _ in range(2):
        with pytest.raises(ValueError, match=r"^cannot install .*\bgone\b"):
            synth()

    make_wheel(entry.parent / "wheels", "gone", {"gone.py": ""})

    assert (synth()[0] / "gone.py").exists()


def test_without_a_layer_packages_are_for_this_machine(
    entry: Path, make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": ""})
    write_requirements(entry, "tiny")
    app = make_app(**NO_LAYER)
    stack = cdk.Stack(app, "Test")

    StreamingFunction(stack, "Hello", entry=entry, handler="app.handler")

    [asset] = assets_of(app, stack)
    assert (asset / "tiny.py").exists()
    assert "installing 1 requirement for this machine, Python 3." in capsys.readouterr().err


def test_two_at_once_install_once(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(
            pool.map(lambda _: install_dependencies(tiny, PackageTarget.this_machine()), range(2))
        )

    assert both[0] == both[1]
    assert capsys.readouterr().err.count("installing") == 1


@pytest.mark.slow
def test_real_wheels_are_for_the_target(entry: Path, synth: Synth) -> None:
    (entry / "requirements.txt").write_text("pydantic-core\norjson\nnumpy\n")
    try:
        [asset] = synth(python="3.13")
    except ValueError as error:
        if OUT_OF_REACH.search(str(error)):
            pytest.skip(f"the package index cannot be reached: {error}")
        raise

    compiled = list(asset.rglob("*.so"))
    assert {path.relative_to(asset).parts[0] for path in compiled} >= {
        "numpy",
        "orjson",
        "pydantic_core",
    }
    assert {read_elf(path.read_bytes()).machine for path in compiled} == {183}  # EM_AARCH64
