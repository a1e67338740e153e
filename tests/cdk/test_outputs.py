"""Addresses are outputs of the stack where asked, under names that can be guessed."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from constructs import Construct

from streambda.cdk import CloudFrontStream, StreamingRestApi
from streambda.cdk.outputs import add_output
from tests.cdk.conftest import MakeFunction
from tests.support.templates import Template, resources, template_of


def outputs_of(stack: cdk.Stack) -> dict[str, object]:
    template: Template = template_of(stack)
    return {id: output["Value"] for id, output in template.get("Outputs", {}).items()}


@pytest.mark.slow
def test_there_are_none_by_default(stack: cdk.Stack, make_function: MakeFunction) -> None:
    function = make_function()
    StreamingRestApi(stack, "Api").add_stream("GET", "/", function)
    CloudFrontStream(stack, "Edge", function=function)

    assert outputs_of(stack) == {}


@pytest.mark.slow
def test_each_address_is_one_where_asked(stack: cdk.Stack, make_function: MakeFunction) -> None:
    function = make_function(outputs=True)
    url = function.add_function_url()
    api = StreamingRestApi(stack, "Api", outputs=True)
    api.add_stream("GET", "/", function)
    edge = CloudFrontStream(stack, "Edge", function=function, function_url=url, outputs=True)

    assert outputs_of(stack) == stack.resolve(
        {"HelloUrl": url.url, "ApiUrl": api.api.url, "EdgeUrl": edge.url}
    )


def test_the_name_is_the_path_within_the_stack(stack: cdk.Stack) -> None:
    inner = Construct(Construct(stack, "my-service"), "api_1")

    add_output(inner, "Url", "https://example.com")

    assert outputs_of(stack) == {"myserviceapi1Url": "https://example.com"}


def test_a_function_without_a_url_has_no_address(
    stack: cdk.Stack, make_function: MakeFunction, tmp_path: Path
) -> None:
    make_function(outputs=True)

    assert outputs_of(stack) == {}
    assert resources(template_of(stack), "AWS::Lambda::Url") == {}
