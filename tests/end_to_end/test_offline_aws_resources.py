"""The offline AWS creates, updates and deletes resources as AWS does, and refuses the same."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.offline_aws.leftovers import list_leftovers
from tests.support.offline_aws.sample_templates import (
    API,
    FUNCTION,
    LAYER,
    METHOD,
    PARTS,
    STREAMING_URI,
    Resources,
)
from tests.support.offline_aws.server import OfflineAws, run_offline_aws

pytestmark = pytest.mark.slow  # the server takes seconds to start

BUCKET = "code"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfflineAws]:
    with run_offline_aws(tmp_path_factory.mktemp("aws") / "log") as aws:
        with aws.client("s3") as s3:
            s3.create_bucket(Bucket=BUCKET)
            for key in ("one.zip", "two.zip"):
                s3.put_object(Bucket=BUCKET, Key=key, Body=zip_with(key))
        yield aws


class Stack:
    """One stack, deployed with change sets as by the CDK CLI."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._exists = False

    def deploy(self, resources: Resources, **more: Any) -> str:
        """Deploys the template. Returns the stack's status after it."""
        change_set = {"StackName": "Test", "ChangeSetName": "change"}
        self._client.create_change_set(
            **change_set,
            ChangeSetType="UPDATE" if self._exists else "CREATE",
            TemplateBody=json.dumps({"Resources": resources, **more}),
        )
        self._exists = True
        self._client.execute_change_set(**change_set)
        return str(self.description["StackStatus"])

    @property
    def description(self) -> dict[str, Any]:
        [stack] = self._client.describe_stacks(StackName="Test")["Stacks"]
        return dict(stack)

    @property
    def failure(self) -> tuple[str, str]:
        """The resource that failed, and why."""
        events = self._client.describe_stack_events(StackName="Test")["StackEvents"]
        [event] = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        return event["LogicalResourceId"], event["ResourceStatusReason"]

    def delete(self) -> None:
        self._client.delete_stack(StackName="Test")


@pytest.fixture
def stack(aws: OfflineAws) -> Iterator[Stack]:
    with aws.client("cloudformation") as client:
        stack = Stack(client)
        yield stack
        stack.delete()


def test_every_type_is_created_read_back_and_deleted(aws: OfflineAws, stack: Stack) -> None:
    # Imported here: moto takes seconds to import, also when these tests are deselected.
    from tests.support.offline_aws.resources.supported_types import SUPPORTED

    resources = {**LAYER, **FUNCTION, **API, **METHOD, **PARTS}
    resources["Stage"] = {**resources["Stage"], "DependsOn": "Account"}
    assert {it["Type"] for it in resources.values()} == SUPPORTED.keys()

    outputs = {"Acl": {"Value": {"Fn::GetAtt": ["Acl", "Arn"]}}}
    assert stack.deploy(resources, Outputs=outputs) == "CREATE_COMPLETE", stack.failure

    assert lambda_parts(aws) == {
        "aliases": [("live", "1")],
        "versions": ["$LATEST", "1"],
        "policy": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        "mode": "RESPONSE_STREAM",
    }
    assert api_parts(aws) == {
        "validators": [("Validator", True)],
        "responses": ["DEFAULT_4XX"],
        "authorizers": [("Authorizer", "TOKEN")],
        "models": ["Model"],
        "plans": ["Plan"],
        "keys": [["Key"]],
    }
    [acl] = stack.description["Outputs"]
    assert acl["OutputValue"].startswith("arn:aws:wafv2:")
    stack.delete()
    assert list_leftovers(aws) == []


def lambda_parts(aws: OfflineAws) -> dict[str, Any]:
    name = {"FunctionName": "streams"}
    with aws.client("lambda") as client:
        aliases = client.list_aliases(**name)["Aliases"]
        versions = client.list_versions_by_function(**name)["Versions"]
        [statement] = json.loads(client.get_policy(**name)["Policy"])["Statement"]
        url = client.get_function_url_config(**name)
    return {
        "aliases": [(alias["Name"], alias["FunctionVersion"]) for alias in aliases],
        "versions": [version["Version"] for version in versions],
        "policy": statement["Condition"],
        "mode": url["InvokeMode"],
    }


def api_parts(aws: OfflineAws) -> dict[str, Any]:
    with aws.client("apigateway") as client:
        [api] = client.get_rest_apis()["items"]
        id = {"restApiId": api["id"]}
        plans = client.get_usage_plans()["items"]
        keys = [client.get_usage_plan_keys(usagePlanId=plan["id"])["items"] for plan in plans]
        validators = client.get_request_validators(**id)["items"]
        responses = client.get_gateway_responses(**id)["items"]
        authorizers = client.get_authorizers(**id)["items"]
        models = client.get_models(**id)["items"]
    return {
        "validators": [(it["name"], it["validateRequestBody"]) for it in validators],
        "responses": [it["responseType"] for it in responses],
        "authorizers": [(it["name"], it["type"]) for it in authorizers],
        "models": [it["name"] for it in models],
        "plans": [plan["name"] for plan in plans],
        "keys": [[key["name"] for key in plan_keys] for plan_keys in keys],
    }


def test_a_function_follows_a_layer_that_is_replaced(aws: OfflineAws, stack: Stack) -> None:
    stack.deploy({**LAYER, **FUNCTION})
    before = layer_of_the_function(aws)

    changed = {**LAYER["Layer"], "Properties": {"Content": code("two.zip")}}
    # The function's own text stays the same; it refers to the layer.
    assert stack.deploy({**FUNCTION, "Layer": changed}) == "UPDATE_COMPLETE"

    assert layer_of_the_function(aws) != before
    with aws.client("lambda") as client:
        [layer] = client.list_layers()["Layers"]
    assert layer["LatestMatchingVersion"]["LayerVersionArn"] == layer_of_the_function(aws)


def layer_of_the_function(aws: OfflineAws) -> str:
    with aws.client("lambda") as client:
        [layer] = client.get_function_configuration(FunctionName="streams")["Layers"]
    return str(layer["Arn"])


def with_properties(resources: Resources, name: str, **properties: Any) -> Resources:
    resource = resources[name]
    return {**resources, name: {**resource, "Properties": resource["Properties"] | properties}}


def with_integration(**changes: Any) -> Resources:
    integration = METHOD["Method"]["Properties"]["Integration"] | changes
    return with_properties({**API, **METHOD}, "Method", Integration=integration)


@pytest.mark.parametrize(
    ("resources", "failing", "reason"),
    [
        (
            with_properties({**LAYER, **FUNCTION}, "Url", InvokeMode="STREAM"),
            "Url",
            "InvokeMode is 'STREAM', expected one of BUFFERED, RESPONSE_STREAM",
        ),
        (
            with_integration(Uri=STREAMING_URI.replace("response-streaming-", "")),
            "Method",
            "expected /response-streaming-invocations at its end",
        ),
        (with_integration(Type="AWS"), "Method", "only AWS_PROXY and HTTP_PROXY can"),
        (with_integration(TimeoutInMillis=900_001), "Method", "TimeoutInMillis is 900001"),
        (
            {**API, **METHOD, **{name: PARTS[name] for name in ("Deployment", "Stage", "Access")}},
            "Stage",
            "CloudWatch Logs role ARN must be set in account settings",
        ),
        ({"Queue": {"Type": "AWS::Made::Up"}}, "Queue", "neither supported nor skipped here"),
    ],
)
def test_what_aws_would_refuse_is_rolled_back(
    aws: OfflineAws, stack: Stack, resources: Resources, failing: str, reason: str
) -> None:
    with aws.client("apigateway") as client:  # an account with no role for logs
        operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}
        client.update_account(patchOperations=[operation])

    assert stack.deploy(resources) == "ROLLBACK_COMPLETE"

    name, why = stack.failure
    assert name == failing
    assert reason in why
    assert list_leftovers(aws) == ["cloudformation: Test"]


def test_an_alias_can_have_the_url(aws: OfflineAws, stack: Stack) -> None:
    parts = {name: PARTS[name] for name in ("Version", "Alias")}
    resources = with_properties({**LAYER, **FUNCTION, **parts}, "Url", Qualifier="live")
    resources["Url"]["DependsOn"] = "Alias"
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Url", "FunctionArn"]}}}

    assert stack.deploy(resources, Outputs=outputs) == "CREATE_COMPLETE", stack.failure

    [output] = stack.description["Outputs"]
    assert output["OutputValue"].endswith(":function:streams:live")


def test_a_failed_update_leaves_the_stack_as_it_was(aws: OfflineAws, stack: Stack) -> None:
    stack.deploy({**LAYER, **FUNCTION})
    changed = with_properties({**LAYER, **FUNCTION}, "Function", MemorySize=1024)

    status = stack.deploy(with_properties(changed, "Url", InvokeMode="STREAM"))

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    with aws.client("lambda") as client:
        function = client.get_function_configuration(FunctionName="streams")
    assert function["MemorySize"] == 512


def test_a_change_set_is_found_in_its_own_stack_only(aws: OfflineAws) -> None:
    with aws.client("cloudformation") as client:
        template = json.dumps({"Resources": {"Group": {"Type": "AWS::Logs::LogGroup"}}})
        client.create_change_set(
            StackName="One", ChangeSetName="change", ChangeSetType="CREATE", TemplateBody=template
        )
        with pytest.raises(ClientError) as error:
            client.describe_change_set(StackName="Other", ChangeSetName="change")
        client.delete_change_set(StackName="Other", ChangeSetName="change")
        found = client.describe_change_set(StackName="One", ChangeSetName="change")
        client.delete_stack(StackName="One")

    assert error.value.response["Error"]["Code"] == "ChangeSetNotFound"
    assert found["Status"] == "CREATE_COMPLETE"


def code(key: str) -> dict[str, str]:
    return {"S3Bucket": BUCKET, "S3Key": key}


def zip_with(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, name)
    return buffer.getvalue()
