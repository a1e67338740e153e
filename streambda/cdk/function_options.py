"""The options that a function takes over from the CDK, and what is said about a wrong one.

`aws_lambda.FunctionOptions` of the installed aws-cdk-lib decides which options there are and of
which type; `FunctionOptions` here names them for type checkers.
"""

from __future__ import annotations

import difflib
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypedDict

from aws_cdk import aws_lambda as lambda_

from streambda.cdk.option_types import explain_mismatch
from streambda.cdk.runtime.function_runtime import AnyLayer

if TYPE_CHECKING:
    import aws_cdk as cdk
    from aws_cdk import aws_codeguruprofiler as profiler
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs
    from aws_cdk.interfaces import aws_kms as kms_refs
    from aws_cdk.interfaces import aws_lambda as lambda_refs
    from aws_cdk.interfaces import aws_logs as logs_refs


class FunctionOptions(TypedDict, total=False):
    """All options of `aws_lambda.FunctionOptions` that can be given; None is as if not given."""

    allow_all_ipv6_outbound: bool | None
    allow_all_outbound: bool | None
    allow_public_subnet: bool | None
    application_log_level: str | None
    application_log_level_v2: lambda_.ApplicationLogLevel | None
    architecture: lambda_.Architecture | None
    code_signing_config: lambda_refs.ICodeSigningConfigRef | None
    current_version_options: lambda_.VersionOptions | dict[str, Any] | None
    dead_letter_queue: sqs.IQueue | None
    dead_letter_queue_enabled: bool | None
    dead_letter_topic: sns.ITopic | None
    description: str | None
    environment: Mapping[str, str] | None
    environment_encryption: kms_refs.IKeyRef | None
    ephemeral_storage_size: cdk.Size | None
    events: Sequence[lambda_.IEventSource] | None
    filesystem: lambda_.FileSystem | None
    function_name: str | None
    initial_policy: Sequence[iam.PolicyStatement] | None
    insights_version: lambda_.LambdaInsightsVersion | None
    ipv6_allowed_for_dual_stack: bool | None
    layers: Sequence[lambda_.ILayerVersion] | None
    log_format: str | None
    log_group: logs_refs.ILogGroupRef | None
    log_removal_policy: cdk.RemovalPolicy | None
    log_retention: logs.RetentionDays | None
    logging_format: lambda_.LoggingFormat | None
    max_event_age: cdk.Duration | None
    memory_size: float | None
    on_failure: lambda_.IDestination | None
    on_success: lambda_.IDestination | None
    params_and_secrets: lambda_.ParamsAndSecretsLayerVersion | None
    profiling: bool | None
    profiling_group: profiler.IProfilingGroup | None
    recursive_loop: lambda_.RecursiveLoop | None
    reserved_concurrent_executions: float | None
    retry_attempts: float | None
    role: iam.IRole | None
    runtime_management_mode: lambda_.RuntimeManagementMode | None
    security_groups: Sequence[ec2.ISecurityGroup] | None
    snap_start: lambda_.SnapStartConf | None
    system_log_level: str | None
    system_log_level_v2: lambda_.SystemLogLevel | None
    tenancy_config: lambda_.TenancyConfig | None
    timeout: cdk.Duration | None
    tracing: lambda_.Tracing | None
    vpc: ec2.IVpc | None
    vpc_subnets: ec2.SubnetSelection | dict[str, Any] | None


_NO_CUSTOM_RESOURCE = (
    "it is for the custom resource with which the CDK sets a retention, and the log group of a "
    "StreamingFunction needs none; use log_retention, log_removal_policy or log_group"
)
# Options of the CDK that cannot be given, and why.
REFUSED = {
    "adot_instrumentation": "it sets AWS_LAMBDA_EXEC_WRAPPER, which provided.al2023 does not read "
    "and which streambda needs on python3.x; use tracing=aws_lambda.Tracing.ACTIVE",
    "durable_config": "a durable execution is run again from its start after each pause, and "
    "answers at its end: it cannot stream; use aws_lambda.Function for it",
    "log_retention_retry_options": _NO_CUSTOM_RESOURCE,
    "log_retention_role": _NO_CUSTOM_RESOURCE,
}


def check_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `options` that are not None.

    Raises:
        TypeError: there is no such option, or its value has a wrong type.
        ValueError: the option cannot be given.
    """
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name in REFUSED:
            raise ValueError(f"{name} is set, expected none: {REFUSED[name]}")
        if name not in option_types():
            raise TypeError(f"{name!r} is not an option of StreamingFunction{_suggest(name)}")
    for name, value in given.items():
        if message := explain_mismatch(name, value, option_types()[name]):
            raise TypeError(message)
    return given


# Options of StreamingFunction that the CDK has not, or has elsewhere.
_OWN: dict[str, Any] = {
    "alias": str,
    "allow_builds": Sequence[str],
    "console_scripts": bool,
    "cors": lambda_.FunctionUrlCorsOptions | dict[str, Any],
    "dependency_groups": Sequence[str],
    "exclude": Sequence[str],
    "extras": Sequence[str],
    "handler": str,
    "include": Sequence[str],
    "layer": AnyLayer,
    "metrics": str,
    "outputs": bool,
    "provisioned_concurrent_executions": int,
}


def check_own_options(**options: object) -> None:
    """Check the types of options that the CDK does not have; None passes.

    Raises:
        TypeError: one has a wrong type.
    """
    for name, value in options.items():
        if value is not None and (message := explain_mismatch(name, value, _OWN[name])):
            raise TypeError(message)


@cache
def option_types() -> dict[str, Any]:
    """Every option of the installed aws-cdk-lib, and its type."""
    hints = typing.get_type_hints(lambda_.FunctionOptions.__init__)
    return {name: type for name, type in hints.items() if name != "return"}


def _suggest(name: str) -> str:
    known = sorted((option_types().keys() - REFUSED.keys()) | _OWN.keys() | {"code", "entry"})
    close = difflib.get_close_matches(name, known, n=1)
    return f", did you mean {close[0]!r}?" if close else ""
