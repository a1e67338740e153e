"""What is read of a deployed stack, and what is told when it cannot be read."""

import sys
from pathlib import Path

import pytest

from streambda.local.model.deployed_stack import DeployedResource
from streambda.local.model.errors import LocalCloudError
from streambda.local.model.place import Place
from streambda.local.values import deployed_stacks
from streambda.local.values.deployed_stacks import read_deployed_stack
from tests.support.fake_cloudformation import (
    STACK_ID,
    Answers,
    error,
    exports,
    fake_cloudformation,
    resources,
    stack,
)

OUTPUTS = """<Outputs>
<member><OutputKey>Url</OutputKey><OutputValue>https://x</OutputValue></member>
<member><OutputKey>Table</OutputKey><OutputValue>t1</OutputValue><ExportName>own</ExportName></member>
</Outputs><Parameters>
<member><ParameterKey>Stage</ParameterKey><ParameterValue>prod</ParameterValue></member>
<member><ParameterKey>Password</ParameterKey><ParameterValue>****</ParameterValue></member>
<member><ParameterKey>Host</ParameterKey><ParameterValue>/db/host</ParameterValue>
<ResolvedValue>db.internal</ResolvedValue></member>
</Parameters>"""
NESTED_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Nested/2"
NESTED = (
    "<Outputs><member><OutputKey>Key</OutputKey><OutputValue>v</OutputValue></member></Outputs>"
)
USUAL: Answers = {
    "DescribeStacks": [stack(OUTPUTS), stack(NESTED)],
    "ListStackResources": [
        resources({"Bucket": ("AWS::S3::Bucket", "b-1")}, "more"),
        resources({"Nested": ("AWS::CloudFormation::Stack", NESTED_ID)}),
    ],
    "ListExports": [exports({"theirs": "x"}, "more"), exports({"last": "y"})],
}


@pytest.fixture(autouse=True)
def keys(aws_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTING0000WXYZ")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(deployed_stacks, "ATTEMPTS", 1)  # a retry waits for seconds


def test_outputs_parameters_names_and_exports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every page."""
    with fake_cloudformation(USUAL) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        found = read_deployed_stack("App", profile=None, region="eu-west-1")

    assert found.stack_id == STACK_ID
    assert found.place == Place(region="eu-west-1", account_id="111122223333")
    assert found.outputs == {"Url": "https://x", "Table": "t1"}
    assert found.parameters == {"Stage": "prod", "Host": "db.internal"}
    assert found.resources["Bucket"] == DeployedResource(type="AWS::S3::Bucket", physical_id="b-1")
    assert found.nested_outputs == {"Nested.Outputs.Key": "v"}
    assert found.exports == {"own": "t1", "theirs": "x", "last": "y"}
    assert asked.count("ListStackResources") == asked.count("ListExports") == 2


def test_without_the_right_to_list_exports_the_stacks_own_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = {**USUAL, "ListExports": [error("AccessDenied", status=403)]}
    with fake_cloudformation(answers) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        found = read_deployed_stack("App", profile=None, region="eu-west-1")

    assert found.exports == {"own": "t1"}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            error("ValidationError", "Stack with id App does not exist"),
            "there is no stack of this name in eu-west-1",
        ),
        (
            error("AccessDenied", "User: arn is not authorized", 403),
            "access denied: your credentials do not allow cloudformation:DescribeStacks",
        ),
        (error("Throttling", "Rate exceeded"), "throttled: AWS takes no more requests now"),
        (error("ThrottlingException", "Slow"), "throttled: AWS takes no more requests now"),
        (error("ExpiredToken", "expired", 403), "your credentials have expired: log in again"),
        (error("InvalidClientTokenId", "x", 403), "AWS does not know the access key"),
        (error("SignatureDoesNotMatch", "x", 403), "wrong secret access key"),
        (error("InternalFailure", "two\nlines", 500), "InternalFailure: two lines"),
        ((200, "<html>a proxy</html>"), "KeyError: 'DescribeStacksResult'"),
        ((200, "no markup"), "ResponseParserError: "),
        (stack(status="REVIEW_IN_PROGRESS"), "REVIEW_IN_PROGRESS, expected a deployed one"),
        (stack(status="DELETE_IN_PROGRESS"), "DELETE_IN_PROGRESS, expected a deployed one"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    answer: tuple[int, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_cloudformation({"DescribeStacks": [answer]}) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(LocalCloudError, match=message) as caught:
            read_deployed_stack("App", profile=None, region="eu-west-1")

    assert str(caught.value).startswith("--from-stack App: ")
    assert "\n" not in str(caught.value)


def test_without_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(LocalCloudError, match="--from-stack App needs boto3: pip install boto3"):
        read_deployed_stack("App", profile=None, region="eu-west-1")


@pytest.mark.parametrize(
    ("variables", "profile", "message"),
    [
        ({"AWS_ACCESS_KEY_ID": ""}, None, "you have no credentials: set AWS_PROFILE"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, None, "your credentials are not complete"),
        ({}, "nobody", r"The config profile \(nobody\) could not be found"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, None, "AWS cannot be reached"),
        ({"AWS_ENDPOINT_URL": "nonsense"}, None, "Invalid endpoint: nonsense"),
    ],
)
def test_what_stops_before_aws_is_one_line(
    variables: dict[str, str],
    profile: str | None,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    for name, value in variables.items():
        (monkeypatch.setenv if value else lambda n, _: monkeypatch.delenv(n))(name, value)

    with pytest.raises(LocalCloudError, match=message) as caught:
        read_deployed_stack("App", profile=profile, region="eu-west-1")
    assert "\n" not in str(caught.value)
