import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct
from policy_sentry.querying.actions import (
    get_actions_for_service,
    get_actions_that_support_wildcard_arns_only,
)
from policy_sentry.querying.all import get_all_service_prefixes

from streambda.cdk.rules.roles import has_no_resource
from tests.cdk.conftest import MakeFunction
from tests.cdk.rules.conftest import Findings
from tests.support.rule_findings import Found, find_all
from tools.write_iam_table import TABLE, make_table


def allow(*actions: str, on: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=[on])


def allow_if(condition: dict[str, dict[str, str]]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"], conditions=condition)


def test_a_statement_for_every_resource_is_a_warning(
    make_function: MakeFunction, findings: Findings
) -> None:
    make_function().add_to_role_policy(allow("s3:GetObject", "xray:PutTraceSegments", on="*"))

    found = findings()

    assert found.keys() == {"wildcard-resource"}
    # X-Ray has nothing narrower.
    assert "allows s3:GetObject on every resource" in found["wildcard-resource"]


ON_ANOTHER_ACCOUNT = {"StringEquals": {"s3:ResourceAccount": "123456789012"}}


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:GetObject", on="arn:aws:s3:::bucket/*"),
        # IAM grants these on "*" only, so that there is nothing better to write.
        allow("xray:PutTraceSegments", "xray:PutTelemetryRecords", on="*"),
        allow("ec2:DescribeRegions", "EC2:describeregions", "xray:Put*", "sns:Unsubscribe", on="*"),
        allow_if(ON_ANOTHER_ACCOUNT),
        allow_if({"ForAnyValue:StringEquals": {"aws:ResourceTag/team": "words"}}),
        iam.PolicyStatement(effect=iam.Effect.DENY, actions=["s3:*"], resources=["*"]),
    ],
)
def test_a_statement_as_narrow_as_can_be_passes(
    make_function: MakeFunction, findings: Findings, statement: iam.PolicyStatement
) -> None:
    make_function().add_to_role_policy(statement)

    assert findings() == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (allow("s3:Get*", on="*"), "allows s3:Get* on"),
        (allow("*", on="*"), "allows * on"),
        (allow("nothing:Known", on="*"), "allows nothing:Known on"),
        (allow_if({"Bool": {"aws:SecureTransport": "true"}}), "allows s3:GetObject on"),
        (
            iam.PolicyStatement(not_actions=["iam:*"], resources=["*"]),
            "allows all but iam:* on every resource",
        ),
        (
            iam.PolicyStatement(actions=["s3:GetObject"], not_resources=["arn:aws:s3:::mine/*"]),
            "allows s3:GetObject on",
        ),
    ],
)
def test_what_is_open_is_named(
    make_function: MakeFunction, findings: Findings, statement: iam.PolicyStatement, said: str
) -> None:
    make_function().add_to_role_policy(statement)

    assert said in findings()["wildcard-resource"]


@pytest.mark.slow
def test_policies_of_all_kinds_are_read(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings
) -> None:
    function = make_function()
    assert function.role is not None
    managed = iam.ManagedPolicy(stack, "Managed", statements=[allow("s3:GetObject", on="*")])
    function.role.add_managed_policy(managed)
    # The role names the managed policy; a policy can name the role as well.
    roles = [function.role.role_name]
    document = iam.PolicyDocument(statements=[allow("sqs:SendMessage", on="*")])
    iam.CfnManagedPolicy(stack, "Attached", policy_document=document, roles=roles)
    role = function.role.node.default_child
    assert isinstance(role, iam.CfnRole)
    inline = iam.PolicyDocument(statements=[allow("sns:Publish", on="*")])
    role.policies = [iam.CfnRole.PolicyProperty(policy_name="inline", policy_document=inline)]
    made = iam.CfnRolePolicy(stack, "Own", policy_name="own", role_name=roles[0])
    made.policy_document = iam.PolicyDocument(statements=[allow("kms:Decrypt", on="*")])

    found = [it.message for it in find_all_in(stack)]

    for action in ("s3:GetObject", "sqs:SendMessage", "sns:Publish", "kms:Decrypt"):
        assert any(f"allows {action} on every resource" in it for it in found), action


def find_all_in(stack: cdk.Stack) -> list[Found]:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    return find_all(app)


@pytest.mark.slow
def test_what_our_own_options_need_passes(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings
) -> None:
    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0)
    isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    make_function(vpc=vpc, vpc_subnets=isolated, tracing=lambda_.Tracing.ACTIVE)

    assert findings() == {}


@pytest.mark.slow
def test_the_roles_of_others_are_not_judged(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings
) -> None:
    make_function()
    role = iam.Role(stack, "Admin", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    role.add_to_policy(allow("s3:*", on="*"))

    assert findings() == {}


@pytest.mark.slow
@pytest.mark.parametrize("at", ["role", "function", "stack"])
def test_what_is_known_and_meant_can_be_acknowledged(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings, at: str
) -> None:
    function = make_function()
    function.add_to_role_policy(allow("s3:GetObject", on="*"))
    assert function.role is not None
    places: dict[str, IConstruct] = {"role": function.role, "function": function, "stack": stack}

    cdk.Validations.of(places[at]).acknowledge(
        cdk.Acknowledgment(id="streambda:wildcard-resource", reason="it reads all buckets")
    )

    assert findings() == {}


@pytest.mark.slow
def test_an_acknowledgement_of_something_else_does_not_count(
    make_function: MakeFunction, findings: Findings
) -> None:
    function = make_function()
    function.add_to_role_policy(allow("s3:GetObject", on="*"))

    cdk.Validations.of(function).acknowledge(
        cdk.Acknowledgment(id="streambda:cache", reason="none of this")
    )

    assert findings().keys() == {"wildcard-resource"}


@pytest.mark.slow
def test_the_table_of_actions_is_as_aws_has_it() -> None:
    assert TABLE.read_text("utf-8") == make_table(), "python -m tools.write_iam_table"
    for service in get_all_service_prefixes():
        without = set(get_actions_that_support_wildcard_arns_only(service))
        for action in get_actions_for_service(service):
            assert has_no_resource(action) is (action in without), action


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("ec2:DescribeRegions", True),
        ("EC2:DESCRIBEREGIONS", True),
        ("ec2:*", False),
        ("ec2:Describe?egions", False),
        ("xray:PutTrace*", True),
        ("s3:GetObject", False),
        ("*", False),
        ("", False),
        ("unknown:Action", False),
    ],
)
def test_patterns_and_names_are_told_apart(action: str, expected: bool) -> None:
    assert has_no_resource(action) is expected
