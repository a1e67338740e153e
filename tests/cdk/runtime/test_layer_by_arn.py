"""A Python layer that exists already: only its ARN is known, and which Python it has."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.bundle.package_target import NoPackageTarget, PackageTarget
from streambda.cdk import ManagedPython, PythonLayer, StreamingFunction
from streambda.cdk.runtime.layer_by_arn import ImportedPythonLayer
from tests.cdk.conftest import MakeApp
from tests.support.templates import only, resources, template_of
from tests.support.wheels import write_requirements

ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:python:3"
ARM_64, X86_64 = lambda_.Architecture.ARM_64, lambda_.Architecture.X86_64

Targets = list[PackageTarget | NoPackageTarget]


def make_function(stack: cdk.Stack, entry: Path, id: str = "F", **options: Any) -> None:
    StreamingFunction(stack, id, entry=entry, handler="app.handler", **options)


@pytest.fixture
def targets(monkeypatch: pytest.MonkeyPatch) -> Targets:
    """What packages would be installed for."""
    found: Targets = []
    monkeypatch.setattr(
        "streambda.bundle.code.install_dependencies",
        lambda _, target, *__, **___: found.append(target),
    )
    return found


@pytest.mark.parametrize(
    ("options", "target"),
    [
        ({}, "arm64, Python 3.14"),
        ({"architecture": X86_64}, "x86_64, Python 3.14"),
    ],
)
def test_packages_are_for_its_python(
    make_app: MakeApp, entry: Path, targets: Targets, options: dict[str, Any], target: str
) -> None:
    stack = cdk.Stack(make_app(), "Test")

    make_function(stack, entry, layer=PythonLayer.from_arn(ARN, python="3.14"), **options)

    assert [str(one) for one in targets] == [target]
    template = template_of(stack)
    assert only(template, "AWS::Lambda::Function")["Layers"] == [ARN]
    assert resources(template, "AWS::Lambda::LayerVersion") == {}


def test_one_layer_serves_many_stacks(make_app: MakeApp, entry: Path) -> None:
    app = make_app()
    layer = PythonLayer.from_arn(ARN, python="3.14", architecture=ARM_64)
    stacks = [cdk.Stack(app, "A"), cdk.Stack(app, "B")]

    for stack in (*stacks, cdk.NestedStack(stacks[0], "Nested")):
        make_function(stack, entry, layer=layer)
        make_function(stack, entry, "G", layer=layer)

    for stack in stacks:
        functions = resources(template_of(stack), "AWS::Lambda::Function").values()
        assert [one["Layers"] for one in functions] == [[ARN], [ARN]]


def test_an_arn_may_be_known_only_at_deployment(make_app: MakeApp, entry: Path) -> None:
    stack = cdk.Stack(make_app(), "Test")
    parameter = cdk.CfnParameter(stack, "LayerArn")
    parts = f"arn:{cdk.Aws.PARTITION}:lambda:{cdk.Aws.REGION}:123456789012:layer:python:3"

    make_function(
        stack, entry, layer=PythonLayer.from_arn(parameter.value_as_string, python="3.13")
    )
    make_function(stack, entry, "G", layer=PythonLayer.from_arn(parts, python="3.13"), alias="live")

    functions = resources(template_of(stack), "AWS::Lambda::Function").values()
    assert {"Ref": "LayerArn"} in [one["Layers"][0] for one in functions]


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (
            "arn:aws:lambda:eu-west-1:123456789012:layer:python",
            r"expected that of a version of the layer, .* such as 'arn:.*:layer:python:1'$",
        ),
        ("python:3", r"^arn is 'python:3', expected that of a layer's version, such as 'arn:aws"),
        ("", r"^arn is '', expected that of a layer's version"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:python:3", "expected that of a layer's v"),
        ("arn:aws:s3:::bucket/layer.zip", "expected that of a layer's version"),
        (ARN + "\n", "expected that of a layer's version"),
        (ARN.replace("123456789012", "1234"), "expected that of a layer's version"),
    ],
)
def test_an_arn_that_is_none_is_refused(arn: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected) as caught:
        PythonLayer.from_arn(arn, python="3.13")

    assert str(caught.value).startswith(f"arn is {arn!r}, ")


@pytest.mark.parametrize(
    ("python", "error", "message"),
    [
        (3.13, TypeError, r"^python is 3\.13, expected a string such as '3\.13'$"),
        (None, TypeError, r"^python is None, expected a string such as '3\.13'$"),
        ("3.13.2", ValueError, r"^python is '3\.13\.2', expected two numbers such as '3\.13'$"),
        ("python3.13", ValueError, r"^python is 'python3\.13', expected two numbers such as"),
        ("3", ValueError, r"^python is '3', expected two numbers such as"),
        (
            "3.9",
            ValueError,
            r"^python is '3\.9', expected '3\.11' or newer, which streambda",
        ),
    ],
)
def test_a_version_that_cannot_be_is_refused(
    python: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        PythonLayer.from_arn(ARN, python=python)


def test_wrong_types_are_refused() -> None:
    wrong: Any = 5
    with pytest.raises(TypeError, match=r"^arn is 5, expected a string$"):
        PythonLayer.from_arn(wrong, python="3.13")
    with pytest.raises(TypeError, match=r"^architecture is 5, expected aws_lambda\.Architecture\."):
        PythonLayer.from_arn(ARN, python="3.13", architecture=wrong)
    with pytest.raises(ValueError, match=r"^architecture is 'mips', expected 'x86_64' or 'arm64'$"):
        PythonLayer.from_arn(ARN, python="3.13", architecture=lambda_.Architecture.custom("mips"))


def test_a_layer_of_another_architecture_is_refused(make_app: MakeApp, entry: Path) -> None:
    layer = PythonLayer.from_arn(ARN, python="3.13", architecture=X86_64)
    expected = rf"^layer {ARN} is for x86_64, expected one for arm64, the function's architecture$"

    with pytest.raises(ValueError, match=expected):
        make_function(cdk.Stack(make_app(), "Test"), entry, layer=layer)


def test_a_layer_of_another_region_is_refused(make_app: MakeApp, entry: Path) -> None:
    app = make_app()
    layer = PythonLayer.from_arn(ARN, python="3.13")
    here, there = (
        cdk.Stack(app, name, env=cdk.Environment(region=region))
        for name, region in (("Here", "eu-west-1"), ("There", "us-east-1"))
    )

    make_function(here, entry, layer=layer)
    expected = rf"^layer is {ARN}, expected a layer in us-east-1, the region of There/F$"
    with pytest.raises(ValueError, match=expected):
        make_function(there, entry, layer=layer)


def test_a_managed_python_takes_none(make_app: MakeApp, entry: Path) -> None:
    with pytest.raises(ValueError, match=r"^layer is given, expected none with ManagedPython\("):
        make_function(
            cdk.Stack(make_app(), "Test"),
            entry,
            layer=PythonLayer.from_arn(ARN, python="3.13"),
            runtime=ManagedPython("3.13"),
        )


def test_in_the_local_cloud_packages_are_for_this_machine(
    make_app: MakeApp, entry: Path, targets: Targets
) -> None:
    stack = cdk.Stack(make_app(**{"streambda:python-layer": "none"}), "Test")

    make_function(stack, entry, layer=PythonLayer.from_arn(ARN, python="3.15"))

    assert targets == [PackageTarget.this_machine()]
    assert only(template_of(stack), "AWS::Lambda::Function")["Layers"] == [ARN]


def test_a_layer_of_the_cdk_of_which_no_python_is_known_names_the_way(
    make_app: MakeApp, entry: Path
) -> None:
    stack = cdk.Stack(make_app(), "Test")
    write_requirements(entry, "tiny")
    layer = lambda_.LayerVersion.from_layer_version_arn(stack, "Mine", ARN)

    with pytest.raises(ValueError, match=r"or PythonLayer\.from_arn\(arn, python='3\.13'\) for a "):
        make_function(stack, entry, layer=layer)


def test_the_wrong_kind_of_layer_is_told(make_app: MakeApp, entry: Path) -> None:
    with pytest.raises(TypeError, match=r"^layer is 'arn:.*', expected aws_lambda\.ILayerVersion"):
        make_function(cdk.Stack(make_app(), "Test"), entry, layer=ARN)


def test_it_is_a_value() -> None:
    assert PythonLayer.from_arn(ARN, python="3.13") == ImportedPythonLayer(ARN, "3.13")
