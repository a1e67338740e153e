import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs

from tests.cdk.conftest import MakeFunction
from tests.support.templates import only, resources, statements_of, template_of, trusted_by


def test_defaults(stack: cdk.Stack, make_function: MakeFunction) -> None:
    make_function()

    function = only(template_of(stack), "AWS::Lambda::Function")
    assert function["Runtime"] == "provided.al2023"
    assert function["Handler"] == "app.handler"
    assert function["Architectures"] == ["arm64"]
    assert function["MemorySize"] == 512
    assert function["Timeout"] == 60


def test_options_reach_the_function(stack: cdk.Stack, make_function: MakeFunction) -> None:
    make_function(
        memory_size=1024,
        timeout=cdk.Duration.minutes(30),
        environment={"MODEL": "small"},
        description="Greets",
        log_retention=logs.RetentionDays.ONE_DAY,
    )

    template = template_of(stack)
    function = only(template, "AWS::Lambda::Function")
    assert function["MemorySize"] == 1024
    assert function["Timeout"] == 1800
    assert function["Environment"] == {"Variables": {"MODEL": "small"}}
    assert function["Description"] == "Greets"
    assert only(template, "AWS::Logs::LogGroup")["RetentionInDays"] == 1


def test_a_timeout_over_15_minutes_passes_the_cdks_own_validation(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    make_function("Long", timeout=cdk.Duration.seconds(901))
    make_function("Short", timeout=cdk.Duration.seconds(900))

    functions = resources(template_of(stack), "AWS::Lambda::Function").values()
    assert sorted(one["Timeout"] for one in functions) == [900, 901]


def test_the_role_may_write_to_its_own_log_group_and_no_more(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    make_function()

    template = template_of(stack)
    [role] = resources(template, "AWS::IAM::Role")
    [log_group] = resources(template, "AWS::Logs::LogGroup")
    assert trusted_by(template, role) == {"Service": "lambda.amazonaws.com"}
    assert statements_of(template, role) == [
        {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [log_group, "Arn"]},
        }
    ]
    function = only(template, "AWS::Lambda::Function")
    assert function["Role"] == {"Fn::GetAtt": [role, "Arn"]}
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": log_group}}


@pytest.mark.parametrize(
    ("timeout", "shown"),
    [
        (cdk.Duration.seconds(1801), "1801"),
        (cdk.Duration.minutes(90), "5400"),
        (cdk.Duration.seconds(0), "0"),
        (cdk.Duration.millis(500), "0.5"),
    ],
)
def test_a_timeout_that_lambda_does_not_allow_is_refused(
    make_function: MakeFunction, timeout: cdk.Duration, shown: str
) -> None:
    with pytest.raises(ValueError, match=f"^timeout is {shown} s, expected 1 s to 1800 s$"):
        make_function(timeout=timeout)


@pytest.mark.parametrize("memory_size", [127, 0, -1, 32_769])
def test_a_memory_size_that_lambda_does_not_allow_is_refused(
    make_function: MakeFunction, memory_size: int
) -> None:
    expected = f"^memory_size is {memory_size} MiB, expected 128 MiB to 32768 MiB$"

    with pytest.raises(ValueError, match=expected):
        make_function(memory_size=memory_size)


@pytest.mark.parametrize("memory_size", [128, 10_240, 32_768])
def test_a_memory_size_that_lambda_allows(
    stack: cdk.Stack, make_function: MakeFunction, memory_size: int
) -> None:
    make_function(memory_size=memory_size)

    assert only(template_of(stack), "AWS::Lambda::Function")["MemorySize"] == memory_size


def test_a_memory_size_that_is_known_at_deployment_only_is_let_through(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    size = cdk.Token.as_number(cdk.CfnParameter(stack, "Size", type="Number").value_as_number)

    make_function(memory_size=int(size))

    assert only(template_of(stack), "AWS::Lambda::Function")["MemorySize"] == {"Ref": "Size"}


def test_a_timeout_that_is_known_at_deployment_only_is_let_through(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    seconds = cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number

    make_function(timeout=cdk.Duration.seconds(seconds))

    assert only(template_of(stack), "AWS::Lambda::Function")["Timeout"] == {"Ref": "Seconds"}


def test_a_missing_entry_is_refused(make_function: MakeFunction) -> None:
    where = re.escape(str(Path.cwd() / "nowhere"))

    with pytest.raises(
        ValueError, match=f"^entry is 'nowhere', expected a folder, there is none at {where}$"
    ):
        make_function(entry="nowhere")


def test_a_relative_entry_starts_at_the_working_directory(
    stack: cdk.Stack, entry: Path, make_function: MakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(entry.parent)

    make_function(entry=entry.name)

    assert only(template_of(stack), "AWS::Lambda::Function")["Handler"] == "app.handler"


def test_a_missing_handler_is_refused_before_anything_is_made(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    with pytest.raises(ValueError, match=r"^handler is 'app\.handle', expected .* to define"):
        make_function(handler="app.handle")


def test_metrics_are_a_variable_that_the_runtime_reads(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    make_function("None")
    make_function("Both", environment={"MODEL": "m"}, metrics="streams")

    functions = resources(template_of(stack), "AWS::Lambda::Function").values()
    variables = [one.get("Environment", {}).get("Variables", {}) for one in functions]
    assert sorted(variables, key=len) == [{}, {"MODEL": "m", "STREAMBDA_METRICS": "streams"}]
