"""What `add_stream` makes of a function."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import (
    PythonLayer,
    StreamingFunction,
    StreamingIntegration,
    StreamingRestApi,
)
from tests.cdk.conftest import MakeApp, MakeFunction
from tests.support.templates import only, resources, statements_of, template_of, trusted_by


@pytest.fixture
def rest_api(stack: cdk.Stack) -> StreamingRestApi:
    return StreamingRestApi(stack, "RestApi")


def test_a_method_streams(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    rest_api.add_stream("GET", "/hello", make_function())

    template = template_of(stack)
    [function] = resources(template, "AWS::Lambda::Function")
    [role] = [id for id in resources(template, "AWS::IAM::Role") if "RestApiRole" in id]
    method = only(template, "AWS::ApiGateway::Method")
    assert method["HttpMethod"] == "GET"
    assert method["AuthorizationType"] == "AWS_IAM"
    assert method["Integration"] == {
        "Type": "AWS_PROXY",
        "IntegrationHttpMethod": "POST",
        "ResponseTransferMode": "STREAM",
        "TimeoutInMillis": 60_000,
        "Credentials": {"Fn::GetAtt": [role, "Arn"]},
        "Uri": {
            "Fn::Join": [
                "",
                [
                    "arn:",
                    {"Ref": "AWS::Partition"},
                    ":apigateway:",
                    {"Ref": "AWS::Region"},
                    ":lambda:path/2021-11-15/functions/",
                    {"Fn::GetAtt": [function, "Arn"]},
                    "/response-streaming-invocations",
                ],
            ]
        },
    }


def test_the_credentials_role_may_stream_this_function_and_no_more(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    one, two = make_function("One"), make_function("Two")
    rest_api.add_stream("GET", "/one", one)
    rest_api.add_stream("POST", "/one", one)
    rest_api.add_stream("GET", "/two", two)

    template = template_of(stack)
    functions = sorted(resources(template, "AWS::Lambda::Function"))
    roles = sorted(id for id in resources(template, "AWS::IAM::Role") if "RestApiRole" in id)
    assert len(roles) == 2
    for function, role in zip(functions, roles, strict=True):
        assert trusted_by(template, role) == {"Service": "apigateway.amazonaws.com"}
        assert statements_of(template, role) == [
            {
                "Action": "lambda:InvokeFunction",
                "Effect": "Allow",
                "Resource": {"Fn::GetAtt": [function, "Arn"]},
            }
        ]
    assert resources(template, "AWS::Lambda::Permission") == {}


def test_the_stream_may_take_as_long_as_the_function(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    rest_api.add_stream("GET", "/", make_function(timeout=cdk.Duration.minutes(15)))

    method = only(template_of(stack), "AWS::ApiGateway::Method")
    assert method["Integration"]["TimeoutInMillis"] == 900_000


@pytest.mark.slow
def test_the_stream_may_be_given_a_timeout_of_its_own(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    rest_api.add_stream("GET", "/", make_function(), timeout=cdk.Duration.minutes(2))

    method = only(template_of(stack), "AWS::ApiGateway::Method")
    assert method["Integration"]["TimeoutInMillis"] == 120_000


@pytest.mark.parametrize("milliseconds", [0, 49, 900_001, 12_345_678])
def test_a_timeout_that_api_gateway_does_not_allow_is_refused(
    rest_api: StreamingRestApi, make_function: MakeFunction, milliseconds: int
) -> None:
    timeout = cdk.Duration.millis(milliseconds)
    expected = f"^timeout is {milliseconds} ms, expected 50 ms to 900000 ms$"

    with pytest.raises(ValueError, match=expected):
        rest_api.add_stream("GET", "/", make_function(), timeout=timeout)


def test_a_function_that_may_run_longer_than_a_stream_is_named(
    rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    words = make_function(timeout=cdk.Duration.minutes(30))
    expected = f"^the timeout of {words.node.path} is 1800000 ms, expected 50 ms to 900000 ms$"

    with pytest.raises(ValueError, match=expected):
        rest_api.add_stream("GET", "/", words)


@pytest.mark.slow
def test_a_timeout_that_is_known_at_deployment_only_is_let_through(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    limit = cdk.CfnParameter(stack, "Limit", type="Number").value_as_number

    rest_api.add_stream("GET", "/", make_function(), timeout=cdk.Duration.millis(limit))

    method = only(template_of(stack), "AWS::ApiGateway::Method")
    assert method["Integration"]["TimeoutInMillis"] == {"Ref": "Limit"}


@pytest.mark.parametrize("path", ["", "words", "jobs/{id}"])
def test_a_path_without_a_slash_is_refused(
    rest_api: StreamingRestApi, make_function: MakeFunction, path: str
) -> None:
    with pytest.raises(ValueError, match=f"^path is '{path}', expected one that starts with '/'$"):
        rest_api.add_stream("GET", path, make_function())


@pytest.mark.slow
def test_another_timeout_makes_a_new_deployment(
    make_app: MakeApp, layer_archive: Path, entry: Path
) -> None:
    def deployment(seconds: int) -> str:
        stack = cdk.Stack(make_app(), "Test")
        PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=layer_archive)
        function = StreamingFunction(stack, "Hello", entry=entry, handler="app.handler")
        StreamingRestApi(stack, "RestApi").add_stream(
            "GET", "/", function, timeout=cdk.Duration.seconds(seconds)
        )
        [id] = resources(template_of(stack), "AWS::ApiGateway::Deployment")
        return id

    # Else the stage would go on with the old one: it serves a snapshot of the methods.
    assert deployment(65) == deployment(65) != deployment(66)


def trust_of(stack: cdk.Stack) -> dict[str, Any]:
    found = resources(template_of(stack), "AWS::IAM::Role")
    [document] = [it["AssumeRolePolicyDocument"] for id, it in found.items() if "RestApiRole" in id]
    [statement] = document["Statement"]
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    return dict(statement["Condition"])


def test_the_role_is_for_this_account_and_api_if_that_is_said(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    function = make_function()
    rest_api.add_stream("GET", "/words", function)
    rest_api.add_stream("POST", "/words", function)
    other = StreamingRestApi(stack, "Other")
    other.add_stream("GET", "/", function)

    condition = trust_of(stack)

    # IfExists: API Gateway does not send these keys everywhere, and must not be shut out then.
    assert condition.keys() == {"StringEqualsIfExists", "ArnLikeIfExists"}
    assert condition["StringEqualsIfExists"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    arns = [str(it) for it in condition["ArnLikeIfExists"]["aws:SourceArn"]]
    for api in (rest_api, other):
        name = str({"Ref": stack.resolve(api.api.rest_api_id)["Ref"]})
        assert sum(name in arn for arn in arns) == 2
    assert len(arns) == 4
    assert any(":execute-api:*:" in it and "'/*'" in it for it in arns)
    assert any(":apigateway:*::/restapis/" in it for it in arns)


@pytest.mark.slow
@pytest.mark.parametrize("nested", [False, True])
def test_an_api_of_another_stack_is_not_named(
    stack: cdk.Stack, make_function: MakeFunction, nested: bool
) -> None:
    function = make_function()
    scope = cdk.NestedStack(stack, "Nested") if nested else cdk.Stack(app_of(stack), "Gateway")
    StreamingRestApi(scope, "Api").add_stream("GET", "/", function)

    arns = trust_of(stack)["ArnLikeIfExists"]["aws:SourceArn"]

    assert len(arns) == 2
    assert all(":*/*" in str(it) or "/restapis/*" in str(it) for it in arns)


def app_of(stack: cdk.Stack) -> cdk.App:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    return app


def test_a_role_that_no_method_uses_yet_trusts_the_account(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    StreamingIntegration(make_function())

    assert len(trust_of(stack)["ArnLikeIfExists"]["aws:SourceArn"]) == 2
