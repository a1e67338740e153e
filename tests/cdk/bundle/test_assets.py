import shutil
import sys
from importlib.util import cache_from_source
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.bundle import code
from streambda.bundle.files import SCRIPTS, list_runtime_files
from streambda.cdk import PythonLayer, StreamingFunction
from tests.cdk.conftest import MakeApp, MakeFunction
from tests.support.function_assets import asset_keys, find_asset
from tests.support.templates import ROOT
from tests.support.wheels import make_layer_archive, write_requirements

LAMBDA_SRC = ROOT / "lambda_src"


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_zip_root_holds_the_runtime_and_the_entry_and_no_more(
    stack: cdk.Stack, entry: Path, make_function: MakeFunction
) -> None:
    (entry / "__pycache__").mkdir()
    (entry / "__pycache__/app.cpython-311.pyc").touch()
    runtime = {name for name in names_in(LAMBDA_SRC) if name.startswith("streambda_runtime/")}

    make_function()

    assert names_in(find_asset(stack)) == {
        "app.py",
        "bootstrap",
        "streambda-wrapper",
        *(name for name in runtime if not name.endswith(".pyc")),
    }


def test_a_function_is_compiled_for_the_python_of_its_layer(
    make_app: MakeApp, entry: Path, tmp_path: Path
) -> None:
    """Unchecked-hash .pyc (PEP 552): the flags behind the magic number are 1."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    stack = cdk.Stack(make_app(), "Test")
    PythonLayer.of(
        stack, lambda_.Architecture.ARM_64, archive=make_layer_archive(version, tmp_path)
    )
    StreamingFunction(stack, "Hello", entry=entry, handler="app.handler")

    asset = find_asset(stack)
    sources = set(asset.rglob("*.py"))
    compiled = {path: Path(cache_from_source(path)) for path in sources}
    assert all(pyc.read_bytes()[4:8] == b"\1\0\0\0" for pyc in compiled.values())
    assert b"/var/task/app.py" in compiled[asset / "app.py"].read_bytes()


@pytest.mark.slow
def test_a_python_that_is_not_here_leaves_the_sources_and_another_hash(
    make_app: MakeApp, entry: Path, tmp_path: Path
) -> None:
    keys = set()
    for version in ("3.98", "3.99"):
        stack = cdk.Stack(make_app(), "Test")
        PythonLayer.of(
            stack, lambda_.Architecture.ARM_64, archive=make_layer_archive(version, tmp_path)
        )
        StreamingFunction(stack, "Hello", entry=entry, handler="app.handler")
        keys |= asset_keys(stack)
        assert not list(find_asset(stack).rglob("*.pyc"))

    assert len(keys) == 2


def test_modes_are_those_that_lambda_needs(
    stack: cdk.Stack, entry: Path, make_function: MakeFunction
) -> None:
    (entry / "tool").touch()
    (entry / "tool").chmod(0o700)
    (entry / "app.py").chmod(0o600)

    make_function()

    asset = find_asset(stack)
    expected = {
        "bootstrap": 0o755, "streambda-wrapper": 0o755, "tool": 0o755, "app.py": 0o644
    }  # fmt: skip
    assert {name: (asset / name).stat().st_mode & 0o777 for name in expected} == expected


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_scripts_are_executable_however_they_were_installed(
    stack: cdk.Stack,
    tmp_path: Path,
    make_function: MakeFunction,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
) -> None:
    copy = tmp_path / script
    shutil.copyfile(LAMBDA_SRC / script, copy)
    copy.chmod(0o644)
    make_function("Checkout")
    installed = {**list_runtime_files(), script: copy}
    monkeypatch.setattr(code, "list_runtime_files", lambda: installed)

    make_function("Installed")

    assert (find_asset(stack) / script).stat().st_mode & 0o777 == 0o755


@pytest.mark.slow
def test_functions_of_one_entry_share_one_asset(
    stack: cdk.Stack, make_function: MakeFunction, capfd: pytest.CaptureFixture[str]
) -> None:
    make_function("One")
    make_function("Two", timeout=cdk.Duration.seconds(5))

    assert len(asset_keys(stack)) == 1
    assert capfd.readouterr().err.count("Bundling asset") == 1


def test_the_hash_depends_on_content_only(
    stack: cdk.Stack, entry: Path, tmp_path: Path, make_function: MakeFunction
) -> None:
    elsewhere = tmp_path / "else/where"
    shutil.copytree(entry, elsewhere, copy_function=shutil.copyfile)
    (elsewhere / "__pycache__").mkdir()
    (elsewhere / "__pycache__/app.cpython-311.pyc").touch()

    make_function("Here")
    make_function("There", entry=elsewhere)

    assert len(asset_keys(stack)) == 1


@pytest.mark.slow
def test_the_hash_follows_content_names_and_modes(
    stack: cdk.Stack, entry: Path, make_function: MakeFunction
) -> None:
    make_function("Before")
    (entry / "data").write_text("1")
    make_function("Added")
    (entry / "data").write_text("2")
    make_function("Changed")
    (entry / "data").chmod(0o755)
    make_function("Executable")
    (entry / "data").rename(entry / "renamed")
    make_function("Renamed")

    assert len(asset_keys(stack)) == 5


@pytest.mark.slow
def test_an_entry_may_hold_an_exact_copy_of_the_runtime(
    stack: cdk.Stack, entry: Path, make_function: MakeFunction
) -> None:
    make_function("Plain")
    for script in SCRIPTS:
        shutil.copy(LAMBDA_SRC / script, entry)
    shutil.copytree(LAMBDA_SRC / "streambda_runtime", entry / "streambda_runtime")
    make_function("Copied")

    assert len(asset_keys(stack)) == 1


def test_a_stack_that_is_not_needed_bundles_nothing(
    entry: Path, tmp_path: Path, layer_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CDK CLI says by a context value which stacks it needs; for `cdk ls` there are none."""
    for name in ("streambda.bundle.dependencies.find_uv", "shutil.copyfile"):
        monkeypatch.setattr(name, lambda *_, **__: pytest.fail("bundles"))
    write_requirements(entry, "tiny")
    app = cdk.App(context={"aws:cdk:bundling-stacks": []}, outdir=str(tmp_path / "out"))
    stack = cdk.Stack(app, "Test")
    archive = make_layer_archive("3.99", tmp_path)
    PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=archive)

    StreamingFunction(stack, "Hello", entry=entry, handler="app.handler")

    app.synth()
    assert not (tmp_path / "cache/packages").exists()


def test_what_is_excluded_is_not_in_the_asset(
    stack: cdk.Stack, entry: Path, make_function: MakeFunction
) -> None:
    (entry / "notes.md").touch()
    (entry / ".env").touch()

    make_function(exclude=["*.md"], include=[".env"])

    assert (find_asset(stack) / ".env").exists()
    assert not (find_asset(stack) / "notes.md").exists()


def test_a_folder_that_holds_the_output_of_the_app_can_be_an_entry(
    entry: Path, layer_archive: Path
) -> None:
    keys = []
    for _ in range(2):
        app = cdk.App(outdir=str(entry / "generated"))
        stack = cdk.Stack(app, "Test")
        PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=layer_archive)
        for name in ("One", "Two"):
            StreamingFunction(stack, name, entry=entry, handler="app.handler")
        keys.append(asset_keys(stack))

    assert keys[0] == keys[1]
    assert len(keys[0]) == 1


@pytest.mark.parametrize(
    "name", [*SCRIPTS, "streambda_runtime/__main__.py", "streambda_runtime/extra.py"]
)
def test_an_entry_may_not_change_the_runtime(
    entry: Path, make_function: MakeFunction, name: str
) -> None:
    (entry / name).parent.mkdir(exist_ok=True)
    (entry / name).write_text("mine")

    with pytest.raises(
        ValueError, match=f"^entry .* has its own {name}, expected none or an exact"
    ):
        make_function()
