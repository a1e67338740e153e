"""A function's layers: for its architecture, and a change of one makes a new version."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import PythonLayer, StreamingFunction
from tests.cdk.conftest import MakeApp
from tests.support.layer_files import make_layer_files, write_layer_zip
from tests.support.templates import resources, template_of

ARM_64, X86_64 = lambda_.Architecture.ARM_64, lambda_.Architecture.X86_64
FLAG = "@aws-cdk/aws-lambda:recognizeLayerVersion"


def make_function(stack: cdk.Stack, entry: Path, **options: Any) -> StreamingFunction:
    return StreamingFunction(stack, "F", entry=entry, handler="app.handler", **options)


def make_library(scope: cdk.Stack, folder: Path, **options: Any) -> lambda_.LayerVersion:
    folder.mkdir(exist_ok=True)
    (folder / "library.py").write_text("x = 1\n")
    code = lambda_.Code.from_asset(str(folder))
    return lambda_.LayerVersion(scope, "Library", code=code, **options)


def make_python(scope: cdk.Stack, folder: Path, content: bytes = b"") -> PythonLayer:
    folder.mkdir(exist_ok=True)
    files = make_layer_files(183, "3.13") | {"python-rt/more.txt": content}
    return PythonLayer(scope, "Python", archive=write_layer_zip(folder / "python.zip", files))


def test_a_python_layer_of_another_architecture_is_refused(
    make_app: MakeApp, entry: Path, tmp_path: Path
) -> None:
    stack = cdk.Stack(make_app(), "Test")
    layer = make_python(stack, tmp_path / "python")

    with pytest.raises(
        ValueError,
        match=r"^layer Test/Python is for arm64, expected one for x86_64, the function's architec",
    ):
        make_function(stack, entry, layer=layer, architecture=X86_64)


OTHER = r"^layer Test/Library is for x86_64, expected one for arm64, the function's architecture$"


def test_another_layer_of_another_architecture_is_refused(
    make_app: MakeApp, entry: Path, tmp_path: Path
) -> None:
    stack = cdk.Stack(make_app(), "Test")
    python = make_python(stack, tmp_path / "python")
    library = make_library(stack, tmp_path / "lib", compatible_architectures=[X86_64])

    with pytest.raises(ValueError, match=OTHER):
        make_function(stack, entry, layer=python, layers=[library])


def test_a_layer_that_is_added_later_is_refused_as_well(
    make_app: MakeApp, entry: Path, tmp_path: Path
) -> None:
    stack = cdk.Stack(make_app(), "Test")
    function = make_function(stack, entry, layer=make_python(stack, tmp_path / "python"))
    library = make_library(stack, tmp_path / "lib", compatible_architectures=[X86_64])

    with pytest.raises(ValueError, match=OTHER):
        function.add_layers(library)


@pytest.mark.parametrize("architectures", [None, [ARM_64], [X86_64, ARM_64]])
def test_a_layer_that_fits_or_does_not_say_passes(
    make_app: MakeApp,
    entry: Path,
    tmp_path: Path,
    architectures: list[lambda_.Architecture] | None,
) -> None:
    stack = cdk.Stack(make_app(), "Test")
    python = make_python(stack, tmp_path / "python")
    library = make_library(stack, tmp_path / "lib", compatible_architectures=architectures)

    function = make_function(stack, entry, layer=python, layers=[library])
    function.add_layers(
        lambda_.LayerVersion.from_layer_version_arn(
            stack, "Known", "arn:aws:lambda:eu-west-1:123456789012:layer:x:1"
        )
    )

    [made] = resources(template_of(stack), "AWS::Lambda::Function").values()
    assert len(made["Layers"]) == 3


def version_of(app: cdk.App, entry: Path, folder: Path, content: bytes, where: str) -> str:
    """The logical id of the function's version; another one publishes another version."""
    stack = cdk.Stack(app, "Test")
    owner = cdk.Stack(app, "Owner") if where == "another stack" else stack
    python = make_python(stack, folder / "python", content if where == "python" else b"")
    if where == "python":
        function = make_function(stack, entry, layer=python, alias="live")
    else:
        library = make_library(owner, folder / "lib", description=content.decode())
        layers = [] if where == "added later" else [library]
        function = make_function(stack, entry, layer=python, layers=layers, alias="live")
        if where == "added later":
            function.add_layers(library)
    assert function.alias is not None
    [version] = resources(template_of(stack), "AWS::Lambda::Version")
    return version


@pytest.mark.parametrize("flag", [False, True])
@pytest.mark.parametrize("where", ["python", "layers", "added later", "another stack"])
def test_a_changed_layer_makes_a_new_version_behind_an_alias(
    make_app: MakeApp, entry: Path, tmp_path: Path, where: str, flag: bool
) -> None:
    before, again, after = (
        version_of(make_app(**{FLAG: flag}), entry, tmp_path, content, where)
        for content in (b"1", b"1", b"2")
    )

    assert before == again
    assert before != after
