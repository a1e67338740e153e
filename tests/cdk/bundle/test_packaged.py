"""What `streambda package` writes is what `cdk deploy` uploads of the same source."""

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.bundle.options import BundleOptions
from streambda.cdk import ManagedPython, PythonLayer, StreamingFunction
from streambda.layer import Architecture
from streambda.package.package import make_package
from streambda.package.request import LayerChoice, PackageRequest
from tests.cdk.conftest import MakeApp
from tests.support.function_assets import find_asset
from tests.support.templates import only, template_of
from tests.support.wheels import make_layer_archive, make_wheel, write_requirements

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"

Content = dict[str, tuple[int, bytes]]


def read_folder(folder: Path) -> Content:
    """Path -> mode and bytes."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mode & 0o777, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def read_zip(file: Path) -> Content:
    with zipfile.ZipFile(file) as packed:
        return {
            one.filename: (one.external_attr >> 16 & 0o777, packed.read(one))
            for one in packed.infolist()
        }


def add_package(entry: Path) -> None:
    make_wheel(entry.parent / "wheels", "tiny", {"tiny.py": "X = 1\n", "bin/tiny": "#!python\n"})
    write_requirements(entry, "tiny")


def add_notes(entry: Path) -> None:
    (entry / "notes.md").touch()
    (entry / ".env").touch()
    (entry / "tool").touch(0o755)


@pytest.mark.parametrize("architecture", list(Architecture))
@pytest.mark.parametrize(
    ("prepare", "options"),
    [
        (lambda _: None, BundleOptions()),
        (add_package, BundleOptions()),
        (add_package, BundleOptions(console_scripts=True)),
        (add_notes, BundleOptions(exclude=["*.md"], include=[".env"])),
    ],
    ids=["plain", "package", "scripts", "patterns"],
)
def test_function_and_layer_are_those_of_the_construct(
    make_app: MakeApp,
    entry: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    architecture: Architecture,
    prepare: Callable[[Path], None],
    options: BundleOptions,
) -> None:
    monkeypatch.setenv("STREAMBDA_CACHE_DIR", str(tmp_path / "cache"))
    prepare(entry)
    archive = make_layer_archive(HERE, tmp_path)
    app = make_app()
    stack = cdk.Stack(app, "Test")
    cdk_architecture = lambda_.Architecture.custom(architecture.value)
    PythonLayer.of(stack, cdk_architecture, archive=archive)
    StreamingFunction(
        stack,
        "Hello",
        entry=entry,
        handler="app.handler",
        architecture=cdk_architecture,
        exclude=options.exclude,
        include=options.include,
        console_scripts=options.console_scripts,
    )
    asset, template = find_asset(stack), template_of(stack)

    manifest = make_package(
        PackageRequest(
            entry=entry,
            handler="app.handler",
            out=tmp_path / "build",
            architecture=architecture,
            layer=LayerChoice(archive=archive),
            options=options,
        ),
        pytest.fail,
    )

    assert read_zip(tmp_path / "build/function.zip") == read_folder(asset)
    layer = only(template, "AWS::Lambda::LayerVersion")
    uploaded = Path(app.outdir, f"asset.{layer['Content']['S3Key']}")
    assert (tmp_path / "build/layer.zip").read_bytes() == uploaded.read_bytes()
    assert manifest.layer is not None
    assert manifest.layer.description == layer["Description"]
    assert manifest.layer.compatible_architectures == layer["CompatibleArchitectures"]
    assert manifest.layer.compatible_runtimes == layer["CompatibleRuntimes"]
    function = only(template, "AWS::Lambda::Function")
    assert manifest.function.handler == function["Handler"]
    assert manifest.function.runtime == function["Runtime"]
    assert manifest.function.architectures == function["Architectures"]


@pytest.mark.parametrize("version", ["3.11", "3.13"])
def test_managed_python_is_that_of_the_construct(
    make_app: MakeApp, entry: Path, tmp_path: Path, version: str
) -> None:
    stack = cdk.Stack(make_app(), "Test")
    StreamingFunction(
        stack, "Hello", entry=entry, handler="app.handler", runtime=ManagedPython(version)
    )

    manifest = make_package(
        PackageRequest(
            entry=entry,
            handler="app.handler",
            out=tmp_path / "build",
            runtime=f"python{version}",
        ),
        print,
    )

    assert read_zip(tmp_path / "build/function.zip") == read_folder(find_asset(stack))
    function = only(template_of(stack), "AWS::Lambda::Function")
    assert manifest.function.runtime == function["Runtime"]
    assert manifest.function.environment == function["Environment"]["Variables"]
    assert manifest.layer is None
