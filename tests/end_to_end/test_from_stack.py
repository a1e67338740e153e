"""A stack that is deployed to moto gives its names to functions that run here."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streambda.local import LocalCloud, LocalCloudError
from tests.support.local_assembly import function, write_assembly
from tests.support.offline_aws.server import ACCOUNT, REGION, OfflineAws, run_offline_aws

pytestmark = pytest.mark.slow  # the server takes seconds to start

STORES: dict[str, Any] = {
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Jobs": {"Type": "AWS::SQS::Queue"},
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Path": "/team/",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        },
    },
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    },
    "Topic": {"Type": "AWS::SNS::Topic"},
}
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String"}},
    "Outputs": {
        "Greeting": {"Value": {"Fn::Sub": "hello ${Stage}"}},
        "TableName": {"Value": {"Ref": "Table"}, "Export": {"Name": "the-table"}},
    },
}
VARIABLES: dict[str, Any] = {
    "BUCKET": {"Ref": "Bucket"},
    "BUCKET_ARN": {"Fn::GetAtt": ["Bucket", "Arn"]},
    "IMPORTED": {"Fn::ImportValue": "the-table"},
    "QUEUE": {"Ref": "Jobs"},
    "QUEUE_ARN": {"Fn::GetAtt": ["Jobs", "Arn"]},
    "ROLE": {"Fn::GetAtt": ["Role", "Arn"]},
    "STAGE": {"Ref": "Stage"},
    "TABLE": {"Ref": "Table"},
    "TABLE_ARN": {"Fn::GetAtt": ["Table", "Arn"]},
    "TOPIC": {"Ref": "Topic"},
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfflineAws]:
    with run_offline_aws(tmp_path_factory.mktemp("aws") / "log") as aws:
        with aws.client("cloudformation") as client:
            client.create_stack(
                StackName="Stack",
                TemplateBody=json.dumps({"Resources": STORES, **TEMPLATE}),
                Parameters=[{"ParameterKey": "Stage", "ParameterValue": "prod"}],
            )
        yield aws


@pytest.fixture(autouse=True)
def mine(aws: OfflineAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)


async def test_names_arns_exports_and_parameters(aws: OfflineAws, tmp_path: Path) -> None:
    words = function(FunctionName="Words", Environment={"Variables": VARIABLES})
    written = write_assembly(tmp_path, {**STORES, "Words": words}, **TEMPLATE)

    async with LocalCloud(written, from_stack="Stack") as cloud:
        event = {"do": "environment"}
        text = b"".join([chunk async for chunk in cloud.invoke_stream("Words", event)])
        gaps = cloud.functions[0].unresolved

    found = json.loads(text)
    assert gaps == {}
    assert (found["STAGE"], found["IMPORTED"]) == ("prod", found["TABLE"])
    with aws.client("dynamodb") as dynamodb:
        table = dynamodb.describe_table(TableName=found["TABLE"])["Table"]
        assert table["TableArn"] == found["TABLE_ARN"]
    with aws.client("sqs") as sqs:
        attributes = sqs.get_queue_attributes(QueueUrl=found["QUEUE"], AttributeNames=["QueueArn"])
        assert attributes["Attributes"]["QueueArn"] == found["QUEUE_ARN"]
    with aws.client("sns") as sns:
        sns.get_topic_attributes(TopicArn=found["TOPIC"])
    with aws.client("s3") as s3:
        s3.head_bucket(Bucket=found["BUCKET"])
    with aws.client("iam") as iam:
        [role] = iam.list_roles(PathPrefix="/team/")["Roles"]
        assert role["Arn"] == found["ROLE"]
    assert found["BUCKET_ARN"] == f"arn:aws:s3:::{found['BUCKET']}"
    assert (found["AWS_REGION"], ACCOUNT in found["TABLE_ARN"]) == (REGION, True)


async def test_no_such_stack(tmp_path: Path) -> None:
    written = write_assembly(tmp_path, {"Words": function()})

    with pytest.raises(LocalCloudError, match="--from-stack Nothing: there is no stack of this"):
        async with LocalCloud(written, from_stack="Nothing"):
            pytest.fail("started")
