"""The options of a function that AWS Lambda has, each as it reaches the template."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from streambda.cdk import StreamingRestApi
from streambda.cdk.function_options import REFUSED, FunctionOptions, option_types
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
    make_function(tracing=lambda_.Tracing.ACTIVE)

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
def test_reserved_concurrent_executions(stack: cdk.Stack, make_function: MakeFunction) -> None:
    make_function(reserved_concurrent_executions=7)

    function = only(template_of(stack), "AWS::Lambda::Function")
    assert function["ReservedConcurrentExecutions"] == 7


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "name", "provisioned"),
    [
        ({"alias": "blue"}, "blue", None),
        ({"provisioned_concurrent_executions": 2}, "live", 2),
        ({"alias": "blue", "provisioned_concurrent_executions": 1}, "blue", 1),
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
    function.grant_invoke(caller)
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
    make_function(tenancy_config=lambda_.TenancyConfig.PER_TENANT)

    function = only(template_of(stack), "AWS::Lambda::Function")
    assert function["TenancyConfig"] == {"TenantIsolationMode": "PER_TENANT"}


def test_tenant_isolation_has_no_function_url(make_function: MakeFunction) -> None:
    function = make_function(tenancy_config=lambda_.TenancyConfig.PER_TENANT)

    with pytest.raises(
        ValueError, match=r"^Test/Hello has a tenancy_config: Lambda allows no Function URL"
    ):
        function.add_function_url()


PER_TENANT = lambda_.TenancyConfig.PER_TENANT
ON_VERSIONS = lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"tenancy_config": PER_TENANT, "provisioned_concurrent_executions": 1},
            ValueError,
            "tenancy_config is set: Lambda allows no",
        ),
        (
            {"provisioned_concurrent_executions": 0},
            ValueError,
            "provisioned_concurrent_executions is 0, expected 1 or more",
        ),
        (
            {"memory": 512},
            TypeError,
            "'memory' is not an option of StreamingFunction, did you mean",
        ),
        ({"timeout": 30}, TypeError, "timeout is 30, expected a cdk.Duration such as cdk.Dur"),
        ({"architecture": "x86_64"}, TypeError, "architecture is 'x86_64', expected aws_lambda.A"),
        ({"memory_size": "512"}, TypeError, "memory_size is '512', expected a number"),
        ({"environment": {"A": 1}}, TypeError, "environment['A'] is 1, expected a string"),
        ({"layers": ["arn:x"]}, TypeError, "layers[0] is 'arn:x', expected aws_lambda.ILayerV"),
        ({"layer": "arn:x"}, TypeError, "layer is 'arn:x', expected aws_lambda.ILayerVersion"),
        ({"handler": 5}, TypeError, "handler is 5, expected a string"),
        ({"runtime": "python3.13"}, TypeError, "runtime is 'python3.13', expected ManagedPython("),
        ({"runtime": lambda_.Runtime.NODEJS_22_X}, ValueError, "runtime is nodejs22.x, expected "),
        ({"runtime": lambda_.Runtime.PYTHON_3_9}, ValueError, "runtime is python3.9, expected Man"),
    ],
)
def test_options_that_cannot_be_are_refused_in_one_line(
    make_function: MakeFunction, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        make_function(**options)

    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_grant_invoke_url_gives_both_permissions(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    function = make_function()
    function.add_function_url()
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))

    function.grant_invoke_url(caller)

    template = template_of(stack)
    [id] = [it for it in resources(template, "AWS::IAM::Role") if it.startswith("Caller")]
    assert {it["Action"]: it["Condition"] for it in statements_of(template, id)} == {
        "lambda:InvokeFunctionUrl": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
        "lambda:InvokeFunction": {"Bool": {"lambda:InvokedViaFunctionUrl": True}},
    }


def test_every_option_of_the_installed_cdk_is_known() -> None:
    """A new one passes through; here it is noticed, and then named in the docs."""
    named = FunctionOptions.__annotations__.keys()

    assert named | REFUSED.keys() == option_types().keys()
    assert not named & REFUSED.keys()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_an_option_that_cannot_work_is_refused_with_the_reason(
    make_function: MakeFunction, name: str
) -> None:
    with pytest.raises(ValueError, match=f"^{name} is set, expected none: {REFUSED[name][:20]}"):
        make_function(**{name: object()})


def test_asynchronous_invocations_and_events_are_for_the_alias(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    queue = sqs.Queue(stack, "Queue")

    make_function(
        alias="live",
        max_event_age=cdk.Duration.minutes(5),
        retry_attempts=1,
        on_failure=destinations.SqsDestination(queue),
        events=[sources.SqsEventSource(queue)],
    )

    template = template_of(stack)
    [alias] = resources(template, "AWS::Lambda::Alias")
    config = only(template, "AWS::Lambda::EventInvokeConfig")
    assert alias in str(config["Qualifier"])
    assert config["MaximumRetryAttempts"] == 1
    assert config["MaximumEventAgeInSeconds"] == 300
    mapping = only(template, "AWS::Lambda::EventSourceMapping")
    assert alias in str(mapping["FunctionName"])


def test_a_role_of_yours_may_write_logs_and_is_else_left_as_it_is(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    statement = iam.PolicyStatement(actions=["s3:ListBucket"], resources=["arn:aws:s3:::mine"])

    make_function(role=role, initial_policy=[statement])

    template = template_of(stack)
    [id] = resources(template, "AWS::IAM::Role")
    assert role_of(template) == id
    assert [it["Action"] for it in statements_of(template, id)] == [LOGS, "s3:ListBucket"]


def test_the_log_group_is_kept_as_long_as_asked(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    make_function(
        log_retention=logs.RetentionDays.ONE_DAY, log_removal_policy=cdk.RemovalPolicy.DESTROY
    )

    template = template_of(stack)
    [group] = [it for it in template["Resources"].values() if it["Type"] == "AWS::Logs::LogGroup"]
    assert group["Properties"]["RetentionInDays"] == 1
    assert group["DeletionPolicy"] == "Delete"
    assert resources(template, "Custom::LogRetention") == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_retention", logs.RetentionDays.ONE_DAY),
        ("log_removal_policy", cdk.RemovalPolicy.DESTROY),
    ],
)
def test_a_log_group_of_yours_has_its_own_retention(
    stack: cdk.Stack, make_function: MakeFunction, name: str, value: object
) -> None:
    group = logs.CfnLogGroup(stack, "Group")

    with pytest.raises(ValueError, match=f"^log_group and {name} are set, expected one"):
        make_function(log_group=group, **{name: value})


@pytest.mark.slow
def test_a_file_system_is_mounted_and_passes_the_checks(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    point = efs.FileSystem(stack, "Files", vpc=vpc).add_access_point("Point")

    make_function(vpc=vpc, filesystem=lambda_.FileSystem.from_efs_access_point(point, "/mnt/files"))

    functions = resources(template_of(stack), "AWS::Lambda::Function").values()
    [function] = [it for it in functions if "FileSystemConfigs" in it]
    assert function["FileSystemConfigs"][0]["LocalMountPath"] == "/mnt/files"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({"allow_public_subnet": True}, None),
        ({"allow_all_outbound": False}, "Disallow all traffic"),
    ],
)
def test_options_of_the_network_reach_it(
    stack: cdk.Stack, make_function: MakeFunction, option: dict[str, Any], expected: str | None
) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)

    make_function(vpc=vpc, vpc_subnets=public, **{"allow_public_subnet": True, **option})

    [group] = resources(template_of(stack), "AWS::EC2::SecurityGroup").values()
    described = group["SecurityGroupEgress"][0]["Description"]
    assert described == (expected or "Allow all outbound traffic by default")


def test_what_is_known_at_deployment_only_passes(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    name = cdk.CfnParameter(stack, "Handler").value_as_string
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number

    make_function(
        handler=name,
        memory_size=number,
        environment={"REGION": cdk.Aws.REGION},
        description=name,
    )

    template = template_of(stack)
    function = only(template, "AWS::Lambda::Function")
    assert function["Handler"] == function["Description"] == {"Ref": "Handler"}
    assert function["MemorySize"] == {"Ref": "Number"}


def test_a_number_of_environments_passes_where_the_cdk_lets_it_pass(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    try:
        make_function("Plain").add_alias("x", provisioned_concurrent_executions=number)
    except RuntimeError as error:
        pytest.skip(f"this aws-cdk-lib refuses it: {error}")

    make_function(provisioned_concurrent_executions=number)

    configs = [
        alias["ProvisionedConcurrencyConfig"]
        for alias in resources(template_of(stack), "AWS::Lambda::Alias").values()
    ]
    assert configs == [{"ProvisionedConcurrentExecutions": {"Ref": "Number"}}] * 2


@pytest.mark.parametrize("name", ["PYTHON_3_12", "PROVIDED_AL2023"])
def test_the_cdks_runtimes_are_taken(
    stack: cdk.Stack, make_function: MakeFunction, name: str
) -> None:
    runtime: lambda_.Runtime = getattr(lambda_.Runtime, name)

    make_function(runtime=runtime)

    assert only(template_of(stack), "AWS::Lambda::Function")["Runtime"] == runtime.name
