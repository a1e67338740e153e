"""Rules are checked in each stage of an app that has a streaming function."""

from pathlib import Path

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_lambda as lambda_
from constructs import IValidation

from streambda.cdk import PythonLayer, StreamingFunction
from tests.cdk.conftest import MakeApp


def add_buffered_url(stack: cdk.Stack, layer_archive: Path, entry: Path) -> None:
    PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=layer_archive)
    function = StreamingFunction(stack, "Hello", entry=entry, handler="app.handler")
    function.function.add_function_url()


def test_a_nested_stage_is_checked(make_app: MakeApp, layer_archive: Path, entry: Path) -> None:
    app = make_app()
    add_buffered_url(cdk.Stack(cdk.Stage(app, "Prod"), "Words"), layer_archive, entry)

    with pytest.raises(RuntimeError, match=r"Function URL Prod/Words/Hello/.* buffers"):
        app.synth()


@pytest.mark.slow
def test_functions_of_several_stacks_are_checked_once(
    make_app: MakeApp, layer_archive: Path, entry: Path
) -> None:
    app = make_app()
    for name in ("One", "Two"):
        add_buffered_url(cdk.Stack(app, name), layer_archive, entry)

    with pytest.raises(RuntimeError) as raised:
        app.synth()
    said = str(raised.value)
    assert [said.count(f"Function URL {name}/Hello") for name in ("One", "Two")] == [1, 1]


@jsii.implements(IValidation)
class Complaint:
    def validate(self) -> list[str]:
        return ["the app's own complaint"]


@pytest.mark.slow
@pytest.mark.parametrize("complains", [False, True])
def test_a_template_that_cannot_be_written_is_left_to_the_cdk(
    make_app: MakeApp, layer_archive: Path, entry: Path, complains: bool
) -> None:
    app = make_app(**{"@aws-cdk/core:stackResourceLimit": 1})
    stack = cdk.Stack(app, "Words")
    add_buffered_url(stack, layer_archive, entry)
    if complains:
        stack.node.add_validation(Complaint())

    # Other validations come first, as without the rules.
    said = "the app's own complaint" if complains else "is greater than allowed maximum of 1"
    with pytest.raises(RuntimeError, match=said):
        app.synth()
