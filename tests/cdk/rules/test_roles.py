import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from tests.cdk.conftest import MakeFunction
from tests.cdk.rules.conftest import Findings


def allow(*actions: str, on: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=[on])


def test_a_statement_for_every_resource_is_refused(
    make_function: MakeFunction, findings: Findings
) -> None:
    make_function().add_to_role_policy(allow("s3:GetObject", "s3:PutObject", on="*"))

    found = findings()

    assert found.keys() == {"wildcard-resource"}
    assert "allows s3:GetObject, s3:PutObject on every resource" in found["wildcard-resource"]


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:GetObject", on="arn:aws:s3:::bucket/*"),
        # IAM grants these on "*" only, so that there is nothing better to write.
        allow("xray:PutTraceSegments", "xray:PutTelemetryRecords", on="*"),
        iam.PolicyStatement(
            actions=["s3:GetObject"],
            resources=["*"],
            conditions={"StringEquals": {"s3:ResourceAccount": "123456789012"}},
        ),
    ],
)
def test_a_statement_as_narrow_as_can_be_passes(
    make_function: MakeFunction, findings: Findings, statement: iam.PolicyStatement
) -> None:
    make_function().add_to_role_policy(statement)

    assert findings() == {}


def test_the_roles_of_others_are_not_judged(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings
) -> None:
    make_function()
    role = iam.Role(stack, "Admin", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    role.add_to_policy(allow("s3:*", on="*"))

    assert findings() == {}


@pytest.mark.parametrize("at", ["role", "function", "stack"])
def test_what_is_known_and_meant_can_be_acknowledged(
    stack: cdk.Stack, make_function: MakeFunction, findings: Findings, at: str
) -> None:
    function = make_function()
    function.add_to_role_policy(allow("ec2:DescribeRegions", on="*"))
    assert function.role is not None
    places: dict[str, IConstruct] = {"role": function.role, "function": function, "stack": stack}

    cdk.Validations.of(places[at]).acknowledge(
        cdk.Acknowledgment(id="streambda:wildcard-resource", reason="EC2 knows no resource here")
    )

    assert findings() == {}


def test_an_acknowledgement_of_something_else_does_not_count(
    make_function: MakeFunction, findings: Findings
) -> None:
    function = make_function()
    function.add_to_role_policy(allow("ec2:DescribeRegions", on="*"))

    cdk.Validations.of(function).acknowledge(
        cdk.Acknowledgment(id="streambda:cache", reason="none of this")
    )

    assert findings().keys() == {"wildcard-resource"}
