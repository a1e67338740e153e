"""Options that are passed on come out as the CDK's own Function renders them."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from streambda.cdk import PythonLayer, StreamingFunction
from tests.cdk.conftest import MakeApp
from tests.support.templates import only, template_of

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:dead"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:dead"
LOG_GROUP = "/my/group"
# Option -> a value, and what of the function's properties is the same as in the CDK's Function.
PASSED_ON: dict[str, Callable[[cdk.Stack], Any]] = {
    "application_log_level_v2": lambda _: lambda_.ApplicationLogLevel.WARN,
    "dead_letter_queue": lambda stack: sqs.Queue.from_queue_arn(stack, "Dead", QUEUE),
    "dead_letter_queue_enabled": lambda _: True,
    "dead_letter_topic": lambda stack: sns.Topic.from_topic_arn(stack, "Dead", TOPIC),
    "description": lambda _: "Greets",
    "environment_encryption": lambda stack: kms.Key(stack, "Key"),
    "ephemeral_storage_size": lambda _: cdk.Size.gibibytes(2),
    "function_name": lambda _: "hello",
    "insights_version": lambda _: lambda_.LambdaInsightsVersion.VERSION_1_0_333_0,
    "log_group": lambda stack: logs.LogGroup.from_log_group_name(stack, "Group", LOG_GROUP),
    "logging_format": lambda _: lambda_.LoggingFormat.JSON,
    "params_and_secrets": lambda _: lambda_.ParamsAndSecretsLayerVersion.from_version(
        lambda_.ParamsAndSecretsVersions.V1_0_103
    ),
    "recursive_loop": lambda _: lambda_.RecursiveLoop.ALLOW,
    "reserved_concurrent_executions": lambda stack: (
        cdk.CfnParameter(stack, "Most", type="Number").value_as_number
    ),
    "runtime_management_mode": lambda _: lambda_.RuntimeManagementMode.FUNCTION_UPDATE,
    "system_log_level_v2": lambda _: lambda_.SystemLogLevel.WARN,
    "tenancy_config": lambda _: lambda_.TenancyConfig.PER_TENANT,
    "tracing": lambda _: lambda_.Tracing.PASS_THROUGH,
}
NEEDS = {
    "application_log_level_v2": {"logging_format": lambda_.LoggingFormat.JSON},
    "system_log_level_v2": {"logging_format": lambda_.LoggingFormat.JSON},
}
# What differs in any case: other code, and a role and a log group of their own.
OWN_PROPERTIES = {"Code", "Handler", "Layers", "Role", "LoggingConfig", "Timeout"}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PASSED_ON))
def test_an_option_is_rendered_as_the_cdk_does(
    make_app: MakeApp, layer_archive: Path, entry: Path, name: str
) -> None:
    def render(make: Callable[..., object], **own: Any) -> dict[str, Any]:
        stack = cdk.Stack(make_app(), "Test")
        PythonLayer.of(stack, lambda_.Architecture.ARM_64, archive=layer_archive)
        options = {name: PASSED_ON[name](stack), **NEEDS.get(name, {})}
        make(stack, "Hello", handler="app.handler", **own, **options)
        return template_of(stack)

    ours = only(render(StreamingFunction, entry=entry), "AWS::Lambda::Function")
    theirs = only(
        render(
            lambda_.Function,
            code=lambda_.Code.from_asset(str(entry)),
            runtime=lambda_.Runtime.PROVIDED_AL2023,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=512,
        ),
        "AWS::Lambda::Function",
    )

    assert ours.keys() >= theirs.keys()
    for key in theirs.keys() - OWN_PROPERTIES:
        assert without_logical_ids(ours[key]) == without_logical_ids(theirs[key]), key
    logging = dict(theirs.get("LoggingConfig", {}))
    if name != "log_group":
        logging.pop("LogGroup", None)
    assert logging.items() <= ours["LoggingConfig"].items()
    extensions = [it for it in theirs.get("Layers", []) if it not in ours["Layers"]]
    assert extensions == []


def without_logical_ids(value: Any) -> Any:
    """A part of the construct is "HelloFunction…" with us and "Hello…" with the CDK."""
    return json.loads(re.sub(r'"Hello(Function)?\w*"', '"Hello"', json.dumps(value)))
