"""What tools ask of Lambda before they call: boto3 judges paths, documents and errors."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from streambda.local import LocalCloud
from tests.local.conftest import Sdk
from tests.local.endpoints.management.conftest import ARN, Client, name_of


async def test_a_script_finds_functions_by_a_prefix(cloud: LocalCloud, functions: Client) -> None:
    found = []
    for page in await functions.pages("list_functions", PaginationConfig={"PageSize": 1}):
        assert len(page["Functions"]) == 1
        found += page["Functions"]

    assert [one["FunctionName"] for one in found] == [one.name for one in cloud.functions]
    [words] = [one for one in found if one["FunctionName"].startswith("shop-Words-")]
    assert words["FunctionArn"] == f"{ARN}:{words['FunctionName']}"
    versions = await functions.call("list_functions", FunctionVersion="ALL")
    assert f"{words['FunctionArn']}:1" in [one["FunctionArn"] for one in versions["Functions"]]


async def test_a_function(cloud: LocalCloud, functions: Client) -> None:
    name = name_of(cloud, "Words")

    found = await functions.call("get_function", FunctionName=name)

    configuration = found["Configuration"]
    assert configuration == await functions.call("get_function_configuration", FunctionName=name)
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 3}
    assert found["Code"]["Location"].startswith("file:///")
    assert found["Tags"] == (await functions.call("list_tags", Resource=f"{ARN}:{name}"))["Tags"]
    tags = {key.rpartition(":")[2]: value for key, value in found["Tags"].items()}
    assert (tags["team"], tags["stack-name"], tags["logical-id"]) == ("words", "shop", "Words")
    assert configuration["CodeSize"] > 0
    expected = {
        "FunctionName": name,
        "FunctionArn": f"{ARN}:{name}",
        "Runtime": "provided.al2023",
        "Role": "arn:aws:iam::123456789012:role/mine",
        "Handler": "any",
        "Description": "Says words",
        "Timeout": 20,
        "MemorySize": 256,
        "Version": "$LATEST",
        "Environment": {"Variables": {"A": "b"}},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "Layers": [
            {"Arn": "arn:aws:lambda:us-east-1:580247275435:layer:Insights:14", "CodeSize": 0}
        ],
    }
    assert {key: configuration[key] for key in expected} == expected
    plain = await functions.call("get_function", FunctionName="plain")
    assert plain["Configuration"]["CodeSize"] == 5
    assert plain["Configuration"]["Role"] == "arn:aws:iam::123456789012:role/PlainRole"
    assert "Environment" not in plain["Configuration"]


@pytest.mark.parametrize(
    ("form", "qualifier", "version", "suffix"),
    [
        ("{name}", None, "$LATEST", ""),
        (f"{ARN}:{{name}}", None, "$LATEST", ""),
        ("123456789012:function:{name}", None, "$LATEST", ""),
        ("function:{name}", None, "$LATEST", ""),
        ("Words", None, "$LATEST", ""),
        ("{name}", "$LATEST", "$LATEST", ""),
        ("{name}", "1", "1", ":1"),
        ("{name}:live", None, "1", ":live"),
        (f"{ARN}:{{name}}:live", None, "1", ":live"),
        (f"{ARN}:{{name}}", "live", "1", ":live"),
        ("123456789012:function:{name}:1", None, "1", ":1"),
    ],
)
async def test_every_form_of_a_name(
    form: str,
    qualifier: str | None,
    version: str,
    suffix: str,
    cloud: LocalCloud,
    functions: Client,
    sdk: Sdk,
) -> None:
    name = name_of(cloud, "Words")
    arguments = {"FunctionName": form.format(name=name)}
    arguments |= {"Qualifier": qualifier} if qualifier else {}

    found = await functions.call("get_function_configuration", **arguments)
    invoked = await sdk.call("invoke", **arguments, Payload=b'{"do": "echo"}')

    assert found["Version"] == invoked["ExecutedVersion"] == version
    arn = f"{ARN}:{name}{suffix}"
    assert found["FunctionArn"] == arn
    told = json.loads(await asyncio.to_thread(invoked["Payload"].read))
    assert told["headers"]["lambda-runtime-invoked-function-arn"] == arn


async def test_urls_of_a_function(cloud: LocalCloud, functions: Client) -> None:
    name = name_of(cloud, "Words")
    found = await functions.call("get_function_url_config", FunctionName=name)

    assert found["FunctionUrl"] == cloud.function_url(name)
    assert (found["AuthType"], found["InvokeMode"]) == ("AWS_IAM", "RESPONSE_STREAM")
    assert found["Cors"] == {"AllowCredentials": False, "AllowOrigins": ["*"], "MaxAge": 5}
    assert found["FunctionArn"] == f"{ARN}:{name}:live"
    arguments = {"FunctionName": name, "Qualifier": "live"}
    assert found == await functions.call("get_function_url_config", **arguments)
    error = await functions.error("get_function_url_config", FunctionName=f"{name}:1")
    assert error[:2] == ("ResourceNotFoundException", 404)
    [page] = await functions.pages("list_function_url_configs", FunctionName=name)
    assert page["FunctionUrlConfigs"] == [found]
    none = await functions.call("list_function_url_configs", FunctionName="plain")
    assert none == {"FunctionUrlConfigs": []}


async def test_cloud_control_finds_urls_too(cloud: LocalCloud) -> None:
    """As `sam list endpoints` asks for them."""
    client = Client("cloudcontrol", cloud.lambda_url)
    asked = {"TypeName": "AWS::Lambda::Url", "Identifier": name_of(cloud, "Words")}

    found = (await client.call("get_resource", **asked))["ResourceDescription"]

    assert json.loads(found["Properties"])["FunctionUrl"] == cloud.function_url("Words")
    error = await client.error("get_resource", **{**asked, "Identifier": "plain"})
    assert error == ("ResourceNotFoundException", 400, "The resource you requested does not exist.")
    error = await client.error("get_resource", **{**asked, "TypeName": "AWS::S3::Bucket"})
    assert error[0] == "UnsupportedActionException"


async def test_a_url_of_an_alias_invokes_the_alias(
    cloud: LocalCloud, http: httpx.AsyncClient
) -> None:
    told = (await http.get(f"{cloud.function_url('Words')}echo")).json()

    arn = f"{ARN}:{name_of(cloud, 'Words')}:live"
    assert told["headers"]["lambda-runtime-invoked-function-arn"] == arn


async def test_aliases_versions_and_concurrency(cloud: LocalCloud, functions: Client) -> None:
    name = name_of(cloud, "Words")

    alias = await functions.call("get_alias", FunctionName=name, Name="live")
    assert (alias["AliasArn"], alias["FunctionVersion"]) == (f"{ARN}:{name}:live", "1")
    aliases = await functions.call("list_aliases", FunctionName=name)
    assert aliases == {"Aliases": [alias]}
    versions = await functions.call("list_versions_by_function", FunctionName=name)
    assert [one["Version"] for one in versions["Versions"]] == ["$LATEST", "1"]
    assert await functions.call("get_function_concurrency", FunctionName=name) == {
        "ReservedConcurrentExecutions": 3
    }
    assert await functions.call("get_function_concurrency", FunctionName="plain") == {}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("get_function_recursion_config", {"RecursiveLoop": "Terminate"}),
        (
            "get_runtime_management_config",
            {"UpdateRuntimeOn": "Auto", "FunctionArn": f"{ARN}:plain"},
        ),
        ("list_event_source_mappings", {"EventSourceMappings": []}),
        ("list_function_event_invoke_configs", {"FunctionEventInvokeConfigs": []}),
        ("list_provisioned_concurrency_configs", {"ProvisionedConcurrencyConfigs": []}),
    ],
)
async def test_what_a_function_does_not_have(
    operation: str, expected: dict[str, Any], functions: Client
) -> None:
    """Tools that read all of a function ask for each."""
    assert await functions.call(operation, FunctionName="plain") == expected


async def test_an_account(cloud: LocalCloud, functions: Client) -> None:
    found = await functions.call("get_account_settings")

    assert found["AccountUsage"]["FunctionCount"] == len(cloud.functions)
    assert found["AccountUsage"]["TotalCodeSize"] > 0
    limits = found["AccountLimit"]
    assert limits["ConcurrentExecutions"] - limits["UnreservedConcurrentExecutions"] == 3
    [layer] = (await functions.call("list_layers"))["Layers"]
    assert layer["LayerName"].startswith("shop-Shared")
    assert layer["LatestMatchingVersion"]["LayerVersionArn"] == f"{layer['LayerArn']}:1"


@pytest.mark.parametrize("state", ["function_exists", "function_active_v2", "function_updated_v2"])
async def test_waiters(state: str, functions: Client) -> None:
    await functions.wait(state, FunctionName="plain")


NOT_FOUND = "ResourceNotFoundException", 404
INVALID = "InvalidParameterValueException", 400
ERRORS: list[tuple[str, dict[str, Any], tuple[str, int], str]] = [
    ("get_function", {"FunctionName": "nope"}, NOT_FOUND, f"Function not found: {ARN}:nope"),
    ("get_function", {"FunctionName": "plain:x"}, NOT_FOUND, f"{ARN}:plain:x"),
    (
        "get_function_configuration",
        {"FunctionName": "plain", "Qualifier": "7"},
        NOT_FOUND,
        f"Function not found: {ARN}:plain:7",
    ),
    (
        "get_function",
        {"FunctionName": ARN.replace("east", "west") + ":plain"},
        NOT_FOUND,
        "not reachable",
    ),
    (
        "get_function",
        {"FunctionName": "a b"},
        ("ValidationException", 400),
        "Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular",
    ),
    ("get_function", {"FunctionName": "plain:1", "Qualifier": "2"}, INVALID, "does not match"),
    (
        "get_function_url_config",
        {"FunctionName": "plain"},
        NOT_FOUND,
        "The resource you requested does not exist.",
    ),
    (
        "get_alias",
        {"FunctionName": "plain", "Name": "x"},
        NOT_FOUND,
        f"Cannot find alias arn: {ARN}",
    ),
    ("list_functions", {"Marker": "x"}, INVALID, "Invalid marker value"),
    ("list_functions", {"Marker": "Zm9v"}, INVALID, "Invalid marker value"),
    (
        "list_functions",
        {"FunctionVersion": "SOME"},
        ("ValidationException", 400),
        "Value 'SOME' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum",
    ),
    (
        "update_function_configuration",
        {"FunctionName": "plain"},
        ("UnknownOperationException", 404),
        "PUT /2015-03-31/functions/plain/configuration is not emulated; of Lambda, these are: Get",
    ),
    ("get_policy", {"FunctionName": "plain"}, NOT_FOUND, "does not exist"),
    (
        "get_function_event_invoke_config",
        {"FunctionName": "plain"},
        NOT_FOUND,
        f"{ARN}:plain:$LATEST does",
    ),
    (
        "get_provisioned_concurrency_config",
        {"FunctionName": "plain", "Qualifier": "$LATEST"},
        ("ProvisionedConcurrencyConfigNotFoundException", 404),
        "No Provisioned Concurrency Config",
    ),
    ("get_runtime_management_config", {"FunctionName": "nope"}, NOT_FOUND, "not found"),
    ("list_event_source_mappings", {"FunctionName": "nope"}, NOT_FOUND, "not found"),
    ("list_tags", {"Resource": f"{ARN}:nope"}, NOT_FOUND, "not found"),
]


@pytest.mark.parametrize(("operation", "arguments", "code", "message"), ERRORS)
async def test_an_error_of_lambda(
    operation: str,
    arguments: dict[str, Any],
    code: tuple[str, int],
    message: str,
    functions: Client,
) -> None:
    found = await functions.error(operation, **arguments)

    assert found[:2] == code
    assert message in found[2]


async def test_a_page_size_that_is_none(cloud: LocalCloud, http: httpx.AsyncClient) -> None:
    for size in ("0", "-1", "x", "²", "9" * 5000):
        answer = await http.get(f"{cloud.lambda_url}/2015-03-31/functions/?MaxItems={size}")
        assert answer.status_code == 400
        assert "Member must have value greater than or equal to 1" in answer.json()["message"]
