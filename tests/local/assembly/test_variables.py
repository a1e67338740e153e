"""What functions find in their variables, and what of it is known only after deployment."""

import json
from pathlib import Path
from typing import Any

import pytest

from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.model.deployed_stack import DeployedResource, DeployedStack
from streambda.local.model.functions import LocalFunction
from streambda.local.model.given_values import GivenValues
from streambda.local.model.place import Place
from tests.support.local_assembly import function, write_assembly

PLACE = Place(region="eu-west-1", account_id="111122223333")
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:Db-AbCdEf"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/app-jobs"

RESOURCES: dict[str, Any] = {
    "Api": {"Type": "AWS::ApiGateway::RestApi"},
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Jobs": {"Type": "AWS::SQS::Queue"},
    "Named": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "named.fifo"}},
    "Nested": {"Type": "AWS::CloudFormation::Stack"},
    "Own": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "own"}},
    "Pool": {"Type": "AWS::Cognito::UserPool"},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/team/"}},
    "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "given"}},
    "Setting": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/s", "Value": "v"}},
    "Table": {"Type": "AWS::DynamoDB::Table"},
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
    "Url": {"Type": "AWS::Lambda::Url"},
}
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Asked": {"Type": "String"},
        "Hidden": {"Type": "String", "NoEcho": True},
        "Host": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/db/host"},
    },
    "Outputs": {
        "Address": {"Value": {"Fn::GetAtt": ["Url", "FunctionUrl"]}},
        "Sub": {"Value": {"Fn::Sub": "https://${Api}.example.com"}},
    },
}
PHYSICAL = {
    "Api": "a1b2c3",
    "Bucket": "app-bucket-1x2y",
    "Jobs": QUEUE,
    "Nested": "arn:aws:cloudformation:eu-west-1:111122223333:stack/Nested/1",
    "Pool": "eu-west-1_AbC",
    "Role": "app-Role-1X",
    "Secret": SECRET,
    "Table": "app-Table-1X2Y",
    "Topic": "arn:aws:sns:eu-west-1:111122223333:news",
    "Words": "app-Words-9Z",
}


def deployed(name: str = "Stack", **more: Any) -> DeployedStack:
    types = {**{key: one["Type"] for key, one in RESOURCES.items()}, "Words": function()["Type"]}
    arguments: dict[str, Any] = {
        "outputs": {"Address": "https://x.lambda-url", "Sub": "https://a1b2c3.example.com"},
        "parameters": {"Asked": "as deployed", "Host": "db.internal"},
        "resources": {
            key: DeployedResource(type=types[key], physical_id=one) for key, one in PHYSICAL.items()
        },
        "nested_outputs": {"Nested.Outputs.Key": "nested value"},
        "exports": {"shared-table": "elsewhere"},
    }
    stack_id = f"arn:aws:cloudformation:eu-west-1:111122223333:stack/{name}/1"
    return DeployedStack(name=name, stack_id=stack_id, place=PLACE, **(arguments | more))


def read(
    folder: Path, value: Any, given: GivenValues | None = None, environment: str = ""
) -> LocalFunction:
    variables = {"Variables": {"X": value}}
    resources = {**RESOURCES, "Words": function(FunctionName="Words", Environment=variables)}
    written = write_assembly(folder, resources, **TEMPLATE)
    if environment:
        manifest = json.loads((written / "manifest.json").read_text())
        manifest["artifacts"]["Stack"]["environment"] = environment
        (written / "manifest.json").write_text(json.dumps(manifest))
    return read_assembly(written, given or GivenValues()).functions[0]


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def att(name: str) -> dict[str, str]:
    return {"Fn::GetAtt": name}


@pytest.mark.parametrize(
    ("value", "needs", "from_stack"),
    [
        ({"Ref": "Bucket"}, "Bucket (AWS::S3::Bucket)", "app-bucket-1x2y"),
        (att("Bucket.Arn"), "Bucket.Arn (AWS::S3::Bucket)", "arn:aws:s3:::app-bucket-1x2y"),
        (
            att("Bucket.RegionalDomainName"),
            "Bucket.RegionalDomainName (AWS::S3::Bucket)",
            "app-bucket-1x2y.s3.eu-west-1.amazonaws.com",
        ),
        ({"Ref": "Table"}, "Table (AWS::DynamoDB::Table)", "app-Table-1X2Y"),
        (
            att("Table.Arn"),
            "Table.Arn (AWS::DynamoDB::Table)",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/app-Table-1X2Y",
        ),
        ({"Ref": "Jobs"}, "Jobs (AWS::SQS::Queue)", QUEUE),
        (att("Jobs.QueueName"), "Jobs.QueueName (AWS::SQS::Queue)", "app-jobs"),
        (
            att("Jobs.Arn"),
            "Jobs.Arn (AWS::SQS::Queue)",
            "arn:aws:sqs:eu-west-1:111122223333:app-jobs",
        ),
        ({"Ref": "Secret"}, "Secret (AWS::SecretsManager::Secret)", SECRET),
        ({"Ref": "Pool"}, "Pool (AWS::Cognito::UserPool)", "eu-west-1_AbC"),
        (
            att("Role.Arn"),
            "Role.Arn (AWS::IAM::Role)",
            "arn:aws:iam::111122223333:role/team/app-Role-1X",
        ),
        (
            sub("https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod"),
            "Api (AWS::ApiGateway::RestApi)",
            "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/prod",
        ),
        (att("Url.FunctionUrl"), "Url.FunctionUrl (AWS::Lambda::Url)", "https://x.lambda-url"),
        (
            {"Fn::GetAtt": ["Url", "FunctionUrl"]},
            "Url.FunctionUrl (AWS::Lambda::Url)",
            "https://x.lambda-url",
        ),
        (sub("https://${Api}.example.com"), "Api (AWS::ApiGateway::RestApi)", None),
        (att("Nested.Outputs.Key"), "Nested.Outputs.Key (AWS::CloudFormation::Stack)", None),
        ({"Ref": "Asked"}, "parameter Asked", "as deployed"),
        ({"Ref": "Host"}, "SSM parameter /db/host (parameter Host)", "db.internal"),
        ({"Fn::ImportValue": "shared-table"}, "export shared-table", "elsewhere"),
        ({"Ref": "AWS::AccountId"}, "AWS::AccountId", "111122223333"),
        (sub("assets-${AWS::AccountId}"), "AWS::AccountId", "assets-111122223333"),
        ("arn:aws:s3:::b-123456789012", "AWS::AccountId", None),  # of an app that has asked for it
        ({"Ref": "Named"}, "AWS::AccountId", None),  # its URL holds the account
        ({"Ref": "Topic"}, "AWS::AccountId", "arn:aws:sns:eu-west-1:111122223333:news"),
        (
            {"Ref": "AWS::StackId"},
            "AWS::StackId",
            "arn:aws:cloudformation:eu-west-1:111122223333:stack/Stack/1",
        ),
        ({"Fn::GetAZs": ""}, "Fn::GetAZs", None),
    ],
)
def test_what_is_known_only_after_deployment(
    value: Any, needs: str, from_stack: str | None, tmp_path: Path
) -> None:
    before = read(tmp_path / "1", value)
    after = read(tmp_path / "2", value, GivenValues(deployed=(deployed(),)))

    assert before.unresolved == {"X": needs}
    if from_stack is not None:
        assert (after.environment["X"], after.unresolved) == (from_stack, {})


@pytest.mark.parametrize(
    "value",
    [
        "{{resolve:ssm:/db/password}}",
        "{{resolve:ssm-secure:/db/password:1}}",
        "{{resolve:secretsmanager:db:SecretString:password::}}",
        {"Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "Secret"}, ":SecretString}}"]]},
        sub("postgres://me:{{resolve:ssm:/p}}@${Host}/"),
        {"Ref": "Hidden"},
        att("Unknown.Attribute"),
    ],
)
def test_what_a_deployed_stack_does_not_tell_is_named_too(value: Any, tmp_path: Path) -> None:
    """Secrets are not read, whoever asks."""
    found = read(tmp_path, value, GivenValues(deployed=(deployed(),)))

    [(name, needs)] = found.unresolved.items()
    assert name == "X"
    for part in ("{{resolve:", "parameter Hidden", "Unknown.Attribute"):
        if part in str(needs):
            break
    else:
        pytest.fail(needs)


def test_of_a_reference_with_a_gap_only_the_reference_is_named(tmp_path: Path) -> None:
    value = {"Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "Secret"}, ":SecretString}}"]]}

    found = read(tmp_path, value).unresolved["X"]

    assert found.startswith("{{resolve:secretsmanager:<Secret")
    assert ", Secret" not in found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ({"Ref": "Own"}, "own"),
        (att("Own.Arn"), "arn:aws:s3:::own"),
        (att("Setting.Value"), "v"),
        ({"Ref": "Words"}, "Words"),
        (att("Words.Arn"), "arn:aws:lambda:us-east-1:123456789012:function:Words"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        (sub("${!literal} ${Own}"), "${literal} own"),
    ],
)
def test_what_is_known_before_deployment(value: Any, expected: str, tmp_path: Path) -> None:
    found = read(tmp_path, value)

    assert (found.environment["X"], found.unresolved) == (expected, {})


def test_other_functions_have_their_deployed_names_with_a_deployed_stack(tmp_path: Path) -> None:
    """A handler calls Lambda on AWS; the endpoints here still know the local name."""
    found = read(tmp_path, {"Ref": "Words"}, GivenValues(deployed=(deployed(),)))

    assert (found.environment["X"], found.name) == ("app-Words-9Z", "Words")


def test_an_account_that_was_made_up_at_synthesis_stays_one(tmp_path: Path) -> None:
    """The text has it already, whatever the account of the deployed stack is."""
    found = read(tmp_path, "b-123456789012", GivenValues(deployed=(deployed(),)))

    assert found.unresolved == {"X": "AWS::AccountId"}


def test_a_variable_without_a_value_is_none(tmp_path: Path) -> None:
    assert "X" not in read(tmp_path, {"Ref": "AWS::NoValue"}).environment


def test_given_parameters_win_over_deployed_ones(tmp_path: Path) -> None:
    given = GivenValues(parameters={"Asked": "mine"}, deployed=(deployed(),))

    assert read(tmp_path, {"Ref": "Asked"}, given).environment["X"] == "mine"


def test_a_stack_that_is_deployed_under_another_name(tmp_path: Path) -> None:
    given = GivenValues(deployed=(deployed("Stack-dev"),))

    assert read(tmp_path, {"Ref": "Bucket"}, given).environment["X"] == "app-bucket-1x2y"
    assert read(tmp_path / "2", {"Ref": "AWS::StackName"}, given).environment["X"] == "Stack-dev"


def test_a_stack_with_other_resources_offers_its_exports_only(tmp_path: Path) -> None:
    others = {"Bucket": DeployedResource(type="AWS::SQS::Queue", physical_id="no bucket")}
    given = GivenValues(deployed=(deployed("Other", resources=others),))

    assert "X" in read(tmp_path / "1", {"Ref": "Bucket"}, given).unresolved
    imported = read(tmp_path / "2", {"Fn::ImportValue": "shared-table"}, given)
    assert imported.environment["X"] == "elsewhere"


@pytest.mark.parametrize(
    ("environment", "region", "given", "expected"),
    [
        ("", None, (), ("us-east-1", "123456789012")),
        ("", "eu-north-1", (), ("eu-north-1", "123456789012")),
        ("aws://unknown-account/unknown-region", "eu-north-1", (), ("eu-north-1", "123456789012")),
        ("aws://444455556666/ap-south-1", "eu-north-1", (), ("ap-south-1", "444455556666")),
        ("aws://unknown-account/ap-south-1", None, (), ("ap-south-1", "123456789012")),
        ("aws://444455556666/unknown-region", None, (), ("us-east-1", "444455556666")),
        ("", "eu-north-1", (deployed(),), ("eu-west-1", "111122223333")),
    ],
)
def test_the_place_of_a_function(
    environment: str,
    region: str | None,
    given: tuple[DeployedStack, ...],
    expected: tuple[str, str],
    tmp_path: Path,
) -> None:
    found = read(tmp_path, "x", GivenValues(region=region, deployed=given), environment)

    assert (found.place.region, found.place.account_id) == expected
    assert found.arn == f"arn:aws:lambda:{':'.join(expected)}:function:Words"


@pytest.mark.parametrize(
    ("region", "expected"),
    [("cn-north-1", "aws-cn amazonaws.com.cn"), ("us-gov-west-1", "aws-us-gov amazonaws.com")],
)
def test_the_partition_follows_from_the_region(region: str, expected: str, tmp_path: Path) -> None:
    found = read(
        tmp_path,
        sub("${AWS::Partition} ${AWS::URLSuffix}"),
        environment=f"aws://444455556666/{region}",
    )

    assert found.environment["X"] == expected
    assert found.arn.startswith(f"arn:{expected.split()[0]}:lambda:{region}:")


def test_gaps_of_an_export_are_those_of_the_import(tmp_path: Path) -> None:
    """Between two stacks of one assembly."""
    write_assembly(
        tmp_path / "cdk.out",
        {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Words": function(Environment={"Variables": {"X": {"Fn::ImportValue": "bucket"}}}),
        },
        Outputs={"Bucket": {"Value": {"Ref": "Bucket"}, "Export": {"Name": "bucket"}}},
    )
    # The export is read with the stack that it is in, so a stack of its own comes first.
    manifest = json.loads((tmp_path / "cdk.out/manifest.json").read_text())
    artifacts = manifest["artifacts"]
    manifest["artifacts"] = {
        "Assets": artifacts["Assets"],
        "First": artifacts["Stack"],
        "Second": artifacts["Stack"],
    }
    (tmp_path / "cdk.out/manifest.json").write_text(json.dumps(manifest))

    functions = read_assembly(tmp_path / "cdk.out").functions

    assert functions[-1].unresolved == {"X": "Bucket (AWS::S3::Bucket)"}
