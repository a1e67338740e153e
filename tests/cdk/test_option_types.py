"""A wrong type is told of in one line that names the right one."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.interfaces.aws_logs import ILogGroupRef

from streambda.cdk.option_types import describe, explain_mismatch


@pytest.mark.parametrize(
    ("value", "annotation", "message"),
    [
        (30, cdk.Duration, "x is 30, expected a cdk.Duration such as cdk.Duration.seconds(30)"),
        (30, cdk.Duration | None, "x is 30, expected a cdk.Duration such as cdk.Duration."),
        ("512", int | float | None, "x is '512', expected a number"),
        (True, int | float, "x is True, expected a number"),
        (1, bool, "x is 1, expected True or False"),
        (True, lambda_.Tracing, "x is True, expected aws_lambda.Tracing.ACTIVE"),
        ("queue", sqs.IQueue, "x is 'queue', expected aws_sqs.IQueue"),
        ("a", Sequence[str], "x is 'a', expected a list of strings"),
        (["a", 1], Sequence[str], "x[1] is 1, expected a string"),
        ("a=b", Mapping[str, str], "x is 'a=b', expected a dict of strings to strings"),
        ({"A": "secret", "B": 1}, Mapping[str, str], "x['B'] is 1, expected a string"),
        (3, lambda_.VersionOptions | dict[str, Any], "x is 3, expected aws_lambda.VersionOptions"),
        ("g", ILogGroupRef, "x is 'g', expected aws_logs.ILogGroupRef"),
    ],
)
def test_a_wrong_value_is_named_with_the_right_type(
    value: object, annotation: Any, message: str
) -> None:
    found = explain_mismatch("x", value, annotation)

    assert found is not None
    assert found.startswith(message)
    assert "\n" not in found
    assert "secret" not in found


def test_an_interface_is_not_that_of_another_construct(stack: cdk.Stack) -> None:
    topic, queue = sns.Topic(stack, "Topic"), sqs.Queue(stack, "Queue")

    assert explain_mismatch("x", queue, sqs.IQueue) is None
    assert "expected aws_sqs.IQueue" in str(explain_mismatch("x", topic, sqs.IQueue))


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (None, cdk.Duration | None),
        (("a",), Sequence[str]),
        ({}, Mapping[str, str]),
        ({"description": "x"}, lambda_.VersionOptions | dict[str, Any]),
        (1.5, int | float),
        (object(), Any),
    ],
)
def test_what_the_cdk_takes_passes(value: object, annotation: Any) -> None:
    assert explain_mismatch("x", value, annotation) is None


def test_what_the_cdk_imported_passes(stack: cdk.Stack) -> None:
    group = logs.LogGroup.from_log_group_name(stack, "Group", "/a")

    assert explain_mismatch("x", group, ILogGroupRef) is None
    assert explain_mismatch("x", cdk.Token.as_number(group), float) is None
    assert explain_mismatch("x", cdk.Aws.REGION, str) is None


def test_numbers_of_both_kinds_are_one() -> None:
    assert describe(int | float | None) == "a number"
