"""The construct given to other constructs of the CDK, as if it were an aws_lambda.Function."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk import custom_resources

from streambda.cdk import StreamingFunction
from streambda.cdk.function_interface import BEYOND_INTERFACE, OF_TARGET, interface_members
from tests.cdk.conftest import MakeFunction
from tests.support.templates import only, resources, statements_of, template_of

# Of every construct or resource, and statics: not what makes it a function.
NOT_OF_A_FUNCTION = {
    "PROPERTY_INJECTION_ID", "apply_cross_stack_reference_strength", "classify_version_property",
    "consider_warning_on_invoke_function_permissions", "from_function_arn",
    "from_function_attributes", "from_function_name", "is_construct", "is_owned_resource",
    "is_resource", "node", "to_string", "with_",
}  # fmt: skip
# Figures of all functions together, which `aws_lambda.Function` has as statics.
OF_ALL_FUNCTIONS = "metric_all"


def public(type: Any) -> set[str]:
    return {name for name in dir(type) if not name.startswith("_")}


def test_every_member_of_the_cdks_function_is_there() -> None:
    members = {
        name
        for name in public(lambda_.Function) - NOT_OF_A_FUNCTION
        if not name.startswith(OF_ALL_FUNCTIONS)
    }
    own = {"log_group", "timeout"}  # set in the constructor

    assert members - own == {*interface_members(), *BEYOND_INTERFACE}
    assert set(interface_members()) >= OF_TARGET
    assert public(StreamingFunction) >= members - own


@pytest.mark.parametrize("alias", [None, "live"])
def test_every_property_can_be_read(make_function: MakeFunction, alias: str | None) -> None:
    function = make_function(alias=alias, dead_letter_queue_enabled=True)
    unreadable = {"connections"}  # without a network

    for name in {*interface_members(), *BEYOND_INTERFACE} - unreadable:
        getattr(function, name)

    assert function.function_arn == function.target.function_arn
    assert function.architecture.name == "arm64"
    assert function.role is function.function.role
    with pytest.raises(RuntimeError, match="Only VPC-associated Lambda Functions"):
        _ = function.connections


def test_other_constructs_grant_to_it(stack: cdk.Stack, make_function: MakeFunction) -> None:
    bucket = s3.Bucket(stack, "Bucket")
    queue = sqs.Queue(stack, "Queue")
    function = make_function()

    bucket.grant_read(function)
    queue.grant_send_messages(function)

    template = template_of(stack)
    [role] = [id for id in resources(template, "AWS::IAM::Role") if id.startswith("HelloRole")]
    actions = [it["Action"] for it in statements_of(template, role)]
    assert ["s3:GetBucket*", "s3:GetObject*", "s3:List*"] in actions
    assert any("sqs:SendMessage" in it for it in actions)


def test_other_constructs_let_it_connect(stack: cdk.Stack, make_function: MakeFunction) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=1)
    group = ec2.SecurityGroup(stack, "Database", vpc=vpc)
    database = ec2.Connections(security_groups=[group], default_port=ec2.Port.tcp(5432))

    database.allow_default_port_from(make_function(vpc=vpc))

    [rule] = resources(template_of(stack), "AWS::EC2::SecurityGroupIngress").values()
    assert (rule["FromPort"], rule["ToPort"]) == (5432, 5432)
    assert "HelloFunctionSecurityGroup" in str(rule["SourceSecurityGroupId"])


def call_by_schedule(stack: cdk.Stack, function: StreamingFunction) -> None:
    schedule = events.Schedule.rate(cdk.Duration.minutes(5))
    events.Rule(stack, "Rule", schedule=schedule).add_target(targets.LambdaFunction(function))


def call_by_topic(stack: cdk.Stack, function: StreamingFunction) -> None:
    sns.Topic(stack, "Topic").add_subscription(subscriptions.LambdaSubscription(function))


def call_by_bucket(stack: cdk.Stack, function: StreamingFunction) -> None:
    s3.Bucket(stack, "Bucket").add_event_notification(
        s3.EventType.OBJECT_CREATED, notifications.LambdaDestination(function)
    )


def call_by_queue(stack: cdk.Stack, function: StreamingFunction) -> None:
    function.add_event_source(sources.SqsEventSource(sqs.Queue(stack, "Queue")))


def call_by_state_machine(stack: cdk.Stack, function: StreamingFunction) -> None:
    task = tasks.LambdaInvoke(stack, "Invoke", lambda_function=function)
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))


def call_by_custom_resource(stack: cdk.Stack, function: StreamingFunction) -> None:
    custom_resources.Provider(stack, "Provider", on_event_handler=function)


def call_by_authorizer(stack: cdk.Stack, function: StreamingFunction) -> None:
    api = apigw.RestApi(stack, "Api", endpoint_types=[apigw.EndpointType.REGIONAL])
    authorizer = apigw.TokenAuthorizer(stack, "Authorizer", handler=function)
    api.root.add_method("GET", apigw.MockIntegration(), authorizer=authorizer)


def watch_by_alarm(stack: cdk.Stack, function: StreamingFunction) -> None:
    cloudwatch.Alarm(
        stack, "Alarm", metric=function.metric_errors(), threshold=1, evaluation_periods=1
    )


@pytest.mark.slow
@pytest.mark.parametrize("alias", [None, "live"])
@pytest.mark.parametrize(
    ("use", "type"),
    [
        (call_by_schedule, "AWS::Events::Rule"),
        (call_by_topic, "AWS::SNS::Subscription"),
        (call_by_bucket, "Custom::S3BucketNotifications"),
        (call_by_queue, "AWS::Lambda::EventSourceMapping"),
        (call_by_state_machine, "AWS::StepFunctions::StateMachine"),
        (call_by_custom_resource, "AWS::IAM::Policy"),
        (call_by_authorizer, "AWS::ApiGateway::Authorizer"),
        (watch_by_alarm, "AWS::CloudWatch::Alarm"),
    ],
)
def test_it_is_taken_where_the_cdk_asks_for_a_function(
    stack: cdk.Stack,
    make_function: MakeFunction,
    use: Callable[[cdk.Stack, StreamingFunction], None],
    type: str,
    alias: str | None,
) -> None:
    use(stack, make_function(alias=alias))

    template = template_of(stack)
    users = str(resources(template, type))
    [alias_id] = resources(template, "AWS::Lambda::Alias") or [None]
    # Lambda's own figures of an alias are those of a name, which has no reference to it.
    callee = alias_id if alias_id and use is not watch_by_alarm else "HelloFunction"
    assert callee in users


def test_a_grant_by_its_role_reaches_other_constructs(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    function = make_function()
    identity = "arn:aws:ses:eu-west-1:123456789012:identity/a"
    statement = iam.PolicyStatement(actions=["ses:SendEmail"], resources=[identity])

    function.add_to_role_policy(statement)
    function.add_environment("MODEL", "small")

    template = template_of(stack)
    assert "ses:SendEmail" in str(resources(template, "AWS::IAM::Policy"))
    assert only(template, "AWS::Lambda::Function")["Environment"]["Variables"] == {"MODEL": "small"}


def test_a_url_that_the_cdk_makes_is_one_of_the_function(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    function = make_function()

    lambda_.FunctionUrl(
        stack, "Url", function=function, invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM
    )

    template = template_of(stack)
    [id] = resources(template, "AWS::Lambda::Function")
    url = only(template, "AWS::Lambda::Url")
    assert url["TargetFunctionArn"] == {"Fn::GetAtt": [id, "Arn"]}
