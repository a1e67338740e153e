from collections.abc import Callable
from typing import Any

import pytest

from tests.support.templates import Template, resources


def functions_of(template: Template) -> dict[str, Any]:
    """Handler -> properties."""
    functions = resources(template, "AWS::Lambda::Function").values()
    return {function["Handler"]: function for function in functions}


def test_one_function_for_each_way_a_stream_can_go(template: Template) -> None:
    timeouts = {name: it["Timeout"] for name, it in functions_of(template).items()}

    assert timeouts == {
        "handlers.words.handler": 60,
        "handlers.happy_path.handler": 60,
        "handlers.midstream_error.handler": 60,
        "handlers.time_out.handler": 3,
    }


def test_the_functions_share_code_and_layer(template: Template) -> None:
    functions = functions_of(template).values()

    assert len({function["Code"]["S3Key"] for function in functions}) == 1
    assert len({str(function["Layers"]) for function in functions}) == 1


def test_the_rest_api_serves_words_and_a_failing_stream(template: Template) -> None:
    paths = {
        id: it["PathPart"] for id, it in resources(template, "AWS::ApiGateway::Resource").items()
    }
    methods = resources(template, "AWS::ApiGateway::Method").values()

    assert sorted((it["HttpMethod"], paths[it["ResourceId"]["Ref"]]) for it in methods) == [
        ("GET", "midstream-error"),
        ("GET", "words"),
        ("POST", "words"),
    ]


def test_outputs_name_what_to_call(template: Template) -> None:
    assert template["Outputs"].keys() == {
        "WordsUrl",
        "RestApiUrl",
        "WordsFunctionName",
        "HappyPathFunctionName",
        "MidstreamErrorFunctionName",
        "TimeOutFunctionName",
    }


def test_no_role_is_given_leave_for_more_than_one_resource(template: Template) -> None:
    policies = resources(template, "AWS::IAM::Policy").values()
    statements = [it for policy in policies for it in policy["PolicyDocument"]["Statement"]]

    assert len(statements) == 6
    for statement in statements:
        # Neither a list, nor a text with a "*" in it.
        assert statement["Resource"].keys() == {"Fn::GetAtt"}
        assert not any("*" in action for action in statement["Action"])


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_the_architecture_can_be_chosen(
    make_template: Callable[..., Template], architecture: str
) -> None:
    template = make_template(architecture=architecture)

    [layer] = resources(template, "AWS::Lambda::LayerVersion").values()
    assert layer["CompatibleArchitectures"] == [architecture]
    for function in functions_of(template).values():
        assert function["Architectures"] == [architecture]


@pytest.mark.slow
@pytest.mark.parametrize(("auth", "permissions"), [("AWS_IAM", 0), ("NONE", 2)])
def test_the_function_url_can_be_made_public(
    make_template: Callable[..., Template], auth: str, permissions: int
) -> None:
    template = make_template(function_url_auth=auth)

    [url] = resources(template, "AWS::Lambda::Url").values()
    assert url["AuthType"] == auth
    assert len(resources(template, "AWS::Lambda::Permission")) == permissions
