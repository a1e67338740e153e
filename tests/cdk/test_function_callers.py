"""Who may call a function, and by which way."""

from collections.abc import Callable

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


def test_grant_invoke_names_this_function_and_no_other(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))

    make_function().grant_invoke(caller)

    template = template_of(stack)
    [function] = resources(template, "AWS::Lambda::Function")
    [role] = [id for id in resources(template, "AWS::IAM::Role") if id.startswith("Caller")]
    arn = {"Fn::GetAtt": [function, "Arn"]}
    assert statements_of(template, role) == [
        {
            "Action": "lambda:InvokeFunction",
            "Effect": "Allow",
            "Resource": [arn, {"Fn::Join": ["", [arn, ":*"]]}],
        }
    ]


FAR_ROLE = "arn:aws:iam::111122223333:role/caller"


@pytest.mark.slow
@pytest.mark.parametrize("alias", [None, "live"])
@pytest.mark.parametrize("method", ["grant_invoke", "grant_invoke_url"])
@pytest.mark.parametrize(
    ("grantee", "shown"),
    [
        pytest.param(
            lambda stack: iam.Role.from_role_arn(stack, "Far", FAR_ROLE),
            {"Principal": FAR_ROLE},
            id="a role of another account",
        ),
        pytest.param(
            lambda _: iam.AccountPrincipal("111122223333"),
            {"Principal": "111122223333"},
            id="another account",
        ),
        pytest.param(
            lambda _: iam.ServicePrincipal("events.amazonaws.com"),
            {"Principal": "events.amazonaws.com"},
            id="a service",
        ),
        pytest.param(
            lambda _: iam.OrganizationPrincipal("o-1234567890"),
            {"Principal": "*", "PrincipalOrgID": "o-1234567890"},
            id="an organisation",
        ),
    ],
)
def test_who_has_no_policy_here_is_let_in_by_the_function_itself(
    stack: cdk.Stack,
    make_function: MakeFunction,
    grantee: Callable[[cdk.Stack], iam.IGrantable],
    shown: dict[str, str],
    method: str,
    alias: str | None,
) -> None:
    function = make_function(alias=alias)

    grant = getattr(function, method)(grantee(stack))

    grant.assert_success()
    template = template_of(stack)
    [target] = resources(template, "AWS::Lambda::Alias" if alias else "AWS::Lambda::Function")
    arn = {"Ref": target} if alias else {"Fn::GetAtt": [target, "Arn"]}
    permissions = list(resources(template, "AWS::Lambda::Permission").values())
    assert {it["Action"] for it in permissions} == {
        "lambda:InvokeFunction",
        *({"lambda:InvokeFunctionUrl"} if method == "grant_invoke_url" else ()),
    }
    for permission in permissions:
        assert permission["FunctionName"] == arn
        assert {name: permission[name] for name in shown} == shown


def test_a_principal_of_many_is_refused_with_the_method_that_takes_it(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    function = make_function()
    both = iam.CompositePrincipal(
        iam.AccountPrincipal("111122223333"), iam.ServicePrincipal("events.amazonaws.com")
    )

    with pytest.raises(ValueError, match=r"several principals, expected grant_invoke_composite_"):
        function.grant_invoke(both)
    with pytest.raises(ValueError, match=r"several principals, expected one call for each$"):
        function.grant_invoke_url(both)
    function.grant_invoke_composite_principal(both)

    permissions = resources(template_of(stack), "AWS::Lambda::Permission").values()
    assert len(permissions) == 2
    assert {"events.amazonaws.com"} < {str(it["Principal"]) for it in permissions}


def test_a_url_that_buffers_is_refused(make_function: MakeFunction) -> None:
    with pytest.raises(ValueError, match=r"^invoke_mode of the URL of Test/Hello is BUFFERED, exp"):
        make_function().add_function_url(invoke_mode=lambda_.InvokeMode.BUFFERED)
