"""An app by someone else, in which `aws_lambda.Function` is exchanged for `StreamingFunction`.

Its arguments and what it is used for stay as they are; only the name of the class changes.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from streambda.cdk import StreamingFunction
from tests.cdk.conftest import MakeApp
from tests.support.templates import Resource, Template, resources, template_of

pytestmark = pytest.mark.slow

# What a StreamingFunction sets in another way than the CDK's Function.
CHANGED = {
    "Code": "the runtime and the packages are in the zip",
    "Environment": "AWS_LAMBDA_EXEC_WRAPPER starts the runtime",
    "LoggingConfig": "a log group of its own",
    "Role": "a role that may write to this log group alone",
}


class Reports(cdk.Stack):
    """A worker that answers a queue, with a bucket, a database and a network."""

    def __init__(
        self, scope: cdk.App, make: Callable[..., lambda_.IFunction], source: Path
    ) -> None:
        super().__init__(scope, "Reports")
        vpc = ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=1)
        bucket = s3.Bucket(self, "Bucket", enforce_ssl=True)
        failed = sqs.Queue(self, "Failed", enforce_ssl=True)
        jobs = sqs.Queue(self, "Jobs", visibility_timeout=cdk.Duration.minutes(6))
        key = kms.Key(self, "Key")
        database = rds.DatabaseInstance(
            self,
            "Database",
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17),
            vpc=vpc,
        )
        worker = make(
            self,
            "Worker",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="worker.handler",
            code=lambda_.Code.from_asset(str(source)),
            architecture=lambda_.Architecture.X86_64,
            memory_size=1024,
            timeout=cdk.Duration.minutes(1),
            description="Writes reports",
            environment={"BUCKET": bucket.bucket_name, "REGION": self.region},
            environment_encryption=key,
            ephemeral_storage_size=cdk.Size.gibibytes(1),
            tracing=lambda_.Tracing.ACTIVE,
            reserved_concurrent_executions=5,
            logging_format=lambda_.LoggingFormat.JSON,
            log_retention=logs.RetentionDays.ONE_WEEK,
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            dead_letter_queue=failed,
            retry_attempts=1,
            max_event_age=cdk.Duration.hours(1),
            on_failure=destinations.SqsDestination(failed),
        )
        bucket.grant_read_write(worker)
        database.connections.allow_default_port_from(worker)
        assert database.secret is not None
        database.secret.grant_read(worker)
        worker.add_event_source(sources.SqsEventSource(jobs, batch_size=1))
        events.Rule(
            self,
            "Nightly",
            schedule=events.Schedule.cron(hour="2", minute="0"),
            targets=[targets.LambdaFunction(worker)],
        )
        cdk.CfnOutput(self, "WorkerName", value=worker.function_name)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "worker.py").write_text("def handler(event, context):\n    return 'done'\n")
    return folder


@pytest.fixture
def templates(make_app: MakeApp, source: Path) -> tuple[Template, Template]:
    """With the CDK's function, and with ours."""
    makers: list[Any] = [lambda_.Function, StreamingFunction]
    before, after = (template_of(Reports(make_app(), make, source)) for make in makers)
    return before, after


def worker_of(template: Template) -> Resource:
    functions = resources(template, "AWS::Lambda::Function").values()
    [worker] = [it for it in functions if it["Handler"] == "worker.handler"]
    return worker


def actions_of_worker(template: Template) -> set[str]:
    """Without those that a managed policy of AWS gives."""
    role = worker_of(template)["Role"]["Fn::GetAtt"][0]
    policies = resources(template, "AWS::IAM::Policy").values()
    statements = [
        statement
        for policy in policies
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    found: set[str] = set()
    for statement in statements:
        actions = statement["Action"]
        found |= {actions} if isinstance(actions, str) else set(actions)
    return found


def test_the_function_is_the_same_but_for_what_streaming_needs(
    templates: tuple[Template, Template],
) -> None:
    before, after = (worker_of(template) for template in templates)

    assert before.keys() == after.keys()
    changed = {key for key in before if _kind(before[key]) != _kind(after[key])}
    assert changed <= CHANGED.keys()
    variables = dict(after["Environment"]["Variables"])
    assert variables.pop("AWS_LAMBDA_EXEC_WRAPPER") == "/var/task/streambda-wrapper"
    assert variables == before["Environment"]["Variables"]


def test_it_is_used_as_before(templates: tuple[Template, Template]) -> None:
    before, after = templates

    for type in (
        "AWS::EC2::SecurityGroupIngress",
        "AWS::Events::Rule",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Permission",
    ):
        pairs = zip(resources(before, type).values(), resources(after, type).values(), strict=True)
        assert len(resources(after, type)) == 1
        assert all(_kind(one) == _kind(other) for one, other in pairs), type
    assert before["Outputs"].keys() == after["Outputs"].keys()


def test_its_role_may_do_what_it_could_before(templates: tuple[Template, Template]) -> None:
    """The managed policies are written out: logs of its own group, and network interfaces."""
    before, after = templates
    role = resources(after, "AWS::IAM::Role")[worker_of(after)["Role"]["Fn::GetAtt"][0]]

    assert actions_of_worker(before) < actions_of_worker(after)
    assert "ManagedPolicyArns" not in role
    assert {
        it.partition(":")[0] for it in actions_of_worker(after) - actions_of_worker(before)
    } == {
        "ec2",
        "logs",
    }


def test_the_custom_resource_for_the_retention_of_logs_is_gone(
    templates: tuple[Template, Template],
) -> None:
    before, after = templates

    assert len(resources(before, "Custom::LogRetention")) == 1
    assert resources(after, "Custom::LogRetention") == {}
    [group] = resources(after, "AWS::Logs::LogGroup").values()
    assert group["RetentionInDays"] == 7


def _kind(value: Any) -> Any:
    """Without logical ids: what was "WorkerSecurityGroup…" is "WorkerFunctionSecurityGroup…"."""
    if isinstance(value, dict):
        return {key: _kind(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_kind(item) for item in value]
    return re.sub(r"\w*Worker\w*", "Worker", value) if isinstance(value, str) else value
