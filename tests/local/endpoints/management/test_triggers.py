"""Permissions, event sources and retries of a template, as boto3 reads them."""

import json
from pathlib import Path
from typing import Any

from tests.local.endpoints.management.conftest import ARN, Client
from tests.support.endpoint_clouds import running
from tests.support.local_assembly import function

QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"
NOT_FOUND = "ResourceNotFoundException"


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::Lambda::{kind}", "Properties": properties}


def permission(name: Any, action: str = "lambda:InvokeFunction", **more: Any) -> dict[str, Any]:
    return resource("Permission", FunctionName=name, Action=action, **more)


TRIGGERS = {
    "Words": function(FunctionName="words"),
    "Plain": function(FunctionName="plain"),
    "Live": resource("Alias", FunctionName="words", Name="live"),
    "OfUrl": permission(
        {"Ref": "Words"},
        "lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    ),
    "OfApi": permission(
        {"Fn::GetAtt": ["Words", "Arn"]},
        Principal="apigateway.amazonaws.com",
        SourceArn={"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:1:api/*"},
        SourceAccount="111122223333",
        InvokedViaFunctionUrl=True,
    ),
    "OfAccount": permission(f"{ARN}:words:live", Principal="111122223333"),
    "OfNobodyHere": permission("elsewhere", Principal="*"),
    "Broken": permission({"Fn::GetAtt": "?"}, Principal="*"),
    "Jobs": resource(
        "EventSourceMapping",
        FunctionName={"Ref": "Words"},
        EventSourceArn=QUEUE,
        BatchSize="10",
        MaximumRecordAgeInSeconds="9" * 5000,
        MaximumRetryAttempts=-1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    ),
    "Retries": resource(
        "EventInvokeConfig",
        FunctionName={"Ref": "Words"},
        Qualifier="$LATEST",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": QUEUE}},
    ),
}


async def test_what_a_template_says_is_told(tmp_path: Path) -> None:
    async with running(tmp_path, TRIGGERS) as cloud:

        async def call(operation: str, **arguments: Any) -> Any:
            return await Client("lambda", cloud.lambda_url).call(operation, **arguments)

        async def error(operation: str, **arguments: Any) -> str:
            client = Client("lambda", cloud.lambda_url)
            return (await client.error(operation, **arguments))[0]

        policy = json.loads((await call("get_policy", FunctionName="words"))["Policy"])
        of_alias = await call("get_policy", FunctionName="words", Qualifier="live")
        assert await error("get_policy", FunctionName="plain") == NOT_FOUND
        (mapping,) = (await call("list_event_source_mappings"))["EventSourceMappings"]
        same = await call("get_event_source_mapping", UUID=mapping["UUID"])
        assert await error("get_event_source_mapping", UUID="0" * 36) == NOT_FOUND
        for others in ({"FunctionName": "plain"}, {"EventSourceArn": f"{QUEUE}-2"}):
            found = await call("list_event_source_mappings", **others)
            assert found == {"EventSourceMappings": []}
        config = await call("get_function_event_invoke_config", FunctionName="words")
        listed = await call("list_function_event_invoke_configs", FunctionName="words")

    of_url, of_api = policy["Statement"]
    assert of_url["Sid"].split("-")[1] == "OfUrl"
    assert of_url["Principal"] == "*"
    assert of_url["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    assert of_api["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert of_api["Resource"] == f"{ARN}:words"
    assert of_api["Condition"] == {
        "ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:us-east-1:1:api/*"},
        "StringEquals": {"AWS:SourceAccount": "111122223333"},
        "Bool": {"lambda:InvokedViaFunctionUrl": "true"},
    }
    (statement,) = json.loads(of_alias["Policy"])["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert statement["Resource"] == f"{ARN}:words:live"
    assert same == mapping
    assert (mapping["BatchSize"], mapping["EventSourceArn"]) == (10, QUEUE)
    assert mapping["MaximumRetryAttempts"] == -1
    assert "MaximumRecordAgeInSeconds" not in mapping
    assert (mapping["State"], mapping["FunctionArn"]) == ("Disabled", f"{ARN}:words")
    assert config["MaximumRetryAttempts"] == 1
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": QUEUE}}
    assert listed == {"FunctionEventInvokeConfigs": [config]}
