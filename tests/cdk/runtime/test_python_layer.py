from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import PythonLayer, StreamingFunction
from tests.cdk.conftest import MakeApp, MakeFunction
from tests.support.templates import only, resources, template_of

ARM_64, X86_64 = lambda_.Architecture.ARM_64, lambda_.Architecture.X86_64
NO_LAYER = {"streambda:python-layer": "none"}


def test_the_layer_is_for_one_architecture_of_provided_al2023(stack: cdk.Stack) -> None:
    layer = only(template_of(stack), "AWS::Lambda::LayerVersion")

    assert layer["CompatibleArchitectures"] == ["arm64"]
    assert layer["CompatibleRuntimes"] == ["provided.al2023"]


def test_a_stack_has_one_layer_per_architecture(stack: cdk.Stack, layer_archive: Path) -> None:
    arm = PythonLayer.of(stack, ARM_64)
    x86 = PythonLayer.of(stack, X86_64, archive=layer_archive)

    assert PythonLayer.of(stack, ARM_64) is arm
    assert PythonLayer.of(stack, X86_64) is x86
    assert len(resources(template_of(stack), "AWS::Lambda::LayerVersion")) == 2


def test_functions_get_the_layer_of_their_stack(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    make_function("One")
    make_function("Two")

    template = template_of(stack)
    [layer] = resources(template, "AWS::Lambda::LayerVersion")
    functions = resources(template, "AWS::Lambda::Function").values()
    assert [function["Layers"] for function in functions] == [[{"Ref": layer}]] * 2


def test_a_layer_of_the_callers_own_takes_its_place(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:layer:python:1"

    make_function(layer=lambda_.LayerVersion.from_layer_version_arn(stack, "Mine", arn))

    assert only(template_of(stack), "AWS::Lambda::Function")["Layers"] == [arn]


def test_the_context_can_leave_the_layer_out_with_one_warning(
    make_app: MakeApp, entry: Path
) -> None:
    stack = cdk.Stack(make_app(**NO_LAYER), "Test")

    for id in ("One", "Two"):
        StreamingFunction(stack, id, entry=entry, handler="app.handler")

    will_not_start = assertions.Match.string_like_regexp("deployed like this will not start")
    warnings = assertions.Annotations.from_stack(stack).find_warning("*", will_not_start)
    assert len(warnings) == 1
    functions = resources(template_of(stack), "AWS::Lambda::Function").values()
    assert ["Layers" in function for function in functions] == [False, False]


def test_an_archive_counts_for_more_than_the_context(
    make_app: MakeApp, layer_archive: Path
) -> None:
    stack = cdk.Stack(make_app(**NO_LAYER), "Test")

    assert PythonLayer.of(stack, ARM_64, archive=layer_archive) is not None


def test_another_context_value_is_refused(make_app: MakeApp) -> None:
    stack = cdk.Stack(make_app(**{"streambda:python-layer": "maybe"}), "Test")
    expected = "^context streambda:python-layer is 'maybe', expected 'build' or 'none'$"

    with pytest.raises(ValueError, match=expected):
        PythonLayer.of(stack, ARM_64)


def test_another_architecture_is_refused(make_app: MakeApp) -> None:
    stack = cdk.Stack(make_app(), "Test")

    with pytest.raises(ValueError, match=r"^architecture is 'mips', expected 'x86_64' or 'arm64'$"):
        PythonLayer.of(stack, lambda_.Architecture.custom("mips"))
