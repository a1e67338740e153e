"""The options of a function that AWS Lambda has, each as it reaches the template."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import StreamingRestApi
from streambda.cdk.runtime.execution_role import NETWORK_INTERFACES, TRACES
from tests.cdk.conftest import MakeFunction
from tests.support.templates import only, resources, statements_of, template_of


def role_of(template: dict[str, Any]) -> str:
    return str(only(template, "AWS::Lambda::Function")["Role"]["Fn::GetAtt"][0])


def actions_of(template: dict[str, Any]) -> list[str]:
    return [it for one in statements_of(template, role_of(template)) for it in one["Action"]]


LOGS = ["logs:CreateLogStream", "logs:PutLogEvents"]


def test_nothing_is_on_by_default(stack: cdk.Stack, make_function: MakeFunction) -> None:
    function = make_function()

    template = template_of(stack)
    properties = only(template, "AWS::Lambda::Function")
    absent = {"TracingConfig", "ReservedConcurrentExecutions", "SnapStart", "TenancyConfig"}
    assert not (absent | {"VpcConfig", "CodeSigningConfigArn", "Environment"}) & properties.keys()
    assert resources(template, "AWS::Lambda::Alias") == {}
    assert (function.alias, function.target) == (None, function.function)
    assert actions_of(template) == LOGS


@pytest.mark.slow
def test_tracing_lets_the_role_send_traces_and_no_more(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    make_function(tracing=True)

    template = template_of(stack)
    assert only(template, "AWS::Lambda::Function")["TracingConfig"] == {"Mode": "Active"}
    assert sorted(actions_of(template)) == sorted([*LOGS, *TRACES])


def test_more_layers_can_be_added(stack: cdk.Stack, make_function: MakeFunction) -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:layer:mine:1"
    mine = lambda_.LayerVersion.from_layer_version_arn(stack, "Mine", arn)

    make_function(layers=[mine])

    template = template_of(stack)
    [python] = resources(template, "AWS::Lambda::LayerVersion")
    layers = only(template, "AWS::Lambda::Function")["Layers"]
    assert sorted(layers, key=str) == sorted([{"Ref": python}, arn], key=str)  # the CDK sorts them


@pytest.mark.slow
def test_reserved_concurrency(stack: cdk.Stack, make_function: MakeFunction) -> None:
    make_function(reserved_concurrency=7)

    function = only(template_of(stack), "AWS::Lambda::Function")
    assert function["ReservedConcurrentExecutions"] == 7


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "name", "provisioned"),
    [
        ({"alias": "blue"}, "blue", None),
        ({"provisioned_concurrency": 2}, "live", 2),
        ({"alias": "blue", "provisioned_concurrency": 1}, "blue", 1),
    ],
)
def test_callers_reach_the_alias_where_there_is_one(
    stack: cdk.Stack,
    make_function: MakeFunction,
    options: dict[str, Any],
    name: str,
    provisioned: int | None,
) -> None:
    function = make_function(**options)
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    function.grant_stream(caller)
    function.add_function_url()
    StreamingRestApi(stack, "RestApi").add_stream("GET", "/", function)

    template = template_of(stack)
    [(id, alias)] = resources(template, "AWS::Lambda::Alias").items()
    [caller_id] = [it for it in resources(template, "AWS::IAM::Role") if it.startswith("Caller")]
    [statement] = statements_of(template, caller_id)
    uri = only(template, "AWS::ApiGateway::Method")["Integration"]["Uri"]
    assert alias["Name"] == name
    assert (
        alias.get("ProvisionedConcurrencyConfig", {}).get("ProvisionedConcurrentExecutions")
        == provisioned
    )
    assert statement["Resource"] == {"Ref": id}
    assert only(template, "AWS::Lambda::Url")["Qualifier"] == name
    assert {"Ref": id} in uri["Fn::Join"][1]
    assert function.target is function.alias


@pytest.mark.slow
def test_a_function_in_a_network_makes_its_interfaces(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc)
    subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)

    make_function(vpc=vpc, vpc_subnets=subnets, security_groups=[group])

    template = template_of(stack)
    [function] = [
        it for it in resources(template, "AWS::Lambda::Function").values() if "VpcConfig" in it
    ]
    role = function["Role"]["Fn::GetAtt"][0]
    actions = {it for one in statements_of(template, role) for it in one["Action"]}
    assert len(function["VpcConfig"]["SubnetIds"]) == 2
    assert len(function["VpcConfig"]["SecurityGroupIds"]) == 1
    assert actions == {*LOGS, *NETWORK_INTERFACES}


@pytest.mark.slow
def test_code_must_be_signed_where_asked(stack: cdk.Stack, make_function: MakeFunction) -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:code-signing-config:csc-0123456789abcdef0"
    config = lambda_.CodeSigningConfig.from_code_signing_config_arn(stack, "Signing", arn)

    make_function(code_signing_config=config)

    assert only(template_of(stack), "AWS::Lambda::Function")["CodeSigningConfigArn"] == arn


@pytest.mark.slow
def test_tenants_are_kept_apart(stack: cdk.Stack, make_function: MakeFunction) -> None:
    make_function(tenant_isolation=True)

    function = only(template_of(stack), "AWS::Lambda::Function")
    assert function["TenancyConfig"] == {"TenantIsolationMode": "PER_TENANT"}


def test_tenant_isolation_has_no_function_url(make_function: MakeFunction) -> None:
    function = make_function(tenant_isolation=True)

    with pytest.raises(
        ValueError, match=r"^Test/Hello has tenant_isolation: Lambda allows no Function URL"
    ):
        function.add_function_url()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tenant_isolation": True, "provisioned_concurrency": 1}, "tenant_isolation is set for H"),
        ({"provisioned_concurrency": 0}, "provisioned_concurrency is 0, expected 1 or more"),
    ],
)
def test_options_that_lambda_refuses_are_refused_at_once(
    make_function: MakeFunction, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        make_function(**options)


def test_grant_url_gives_both_permissions(stack: cdk.Stack, make_function: MakeFunction) -> None:
    function = make_function()
    function.add_function_url()
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))

    function.grant_url(caller)

    template = template_of(stack)
    [id] = [it for it in resources(template, "AWS::IAM::Role") if it.startswith("Caller")]
    assert {it["Action"]: it["Condition"] for it in statements_of(template, id)} == {
        "lambda:InvokeFunctionUrl": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
        "lambda:InvokeFunction": {"Bool": {"lambda:InvokedViaFunctionUrl": True}},
    }


def test_grant_url_needs_a_url(stack: cdk.Stack, make_function: MakeFunction) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))

    with pytest.raises(ValueError, match=r"^Test/Hello has no Function URL, expected add_function"):
        make_function().grant_url(caller)
