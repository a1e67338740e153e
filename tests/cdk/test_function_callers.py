"""Who may call a function, and by which way."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from tests.cdk.conftest import MakeFunction
from tests.support.templates import only, resources, statements_of, template_of


def test_a_function_url_streams_and_asks_for_iam(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    make_function().add_function_url()

    template = template_of(stack)
    url = only(template, "AWS::Lambda::Url")
    assert url["InvokeMode"] == "RESPONSE_STREAM"
    assert url["AuthType"] == "AWS_IAM"
    assert resources(template, "AWS::Lambda::Permission") == {}


def test_a_public_function_url_has_both_permissions(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    make_function().add_function_url(auth_type=lambda_.FunctionUrlAuthType.NONE)

    template = template_of(stack)
    [function] = resources(template, "AWS::Lambda::Function")
    everyone = {"FunctionName": {"Fn::GetAtt": [function, "Arn"]}, "Principal": "*"}
    assert only(template, "AWS::Lambda::Url")["InvokeMode"] == "RESPONSE_STREAM"
    permissions = resources(template, "AWS::Lambda::Permission").values()
    assert sorted(permissions, key=lambda properties: str(properties["Action"])) == [
        {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True, **everyone},
        {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE", **everyone},
    ]


def test_cors_reaches_the_function_url(stack: cdk.Stack, make_function: MakeFunction) -> None:
    cors = lambda_.FunctionUrlCorsOptions(allowed_origins=["https://example.com"])

    make_function().add_function_url(cors=cors)

    url = only(template_of(stack), "AWS::Lambda::Url")
    assert url["Cors"]["AllowOrigins"] == ["https://example.com"]


def test_grant_stream_names_this_function_and_no_other(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))

    make_function().grant_stream(caller)

    template = template_of(stack)
    [function] = resources(template, "AWS::Lambda::Function")
    [role] = [id for id in resources(template, "AWS::IAM::Role") if id.startswith("Caller")]
    assert statements_of(template, role) == [
        {
            "Action": ["lambda:InvokeFunction", "lambda:InvokeWithResponseStream"],
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [function, "Arn"]},
        }
    ]


def test_a_grant_that_would_have_no_effect_is_refused(make_function: MakeFunction) -> None:
    service = iam.ServicePrincipal("events.amazonaws.com")
    expected = "^cannot grant Test/Hello to a principal without policies, expected a role, user"

    with pytest.raises(ValueError, match=expected):
        make_function().grant_stream(service)
