"""What tools ask of API Gateway and CloudFormation, and what all operations have in common."""

from typing import Any
from xml.etree import ElementTree

import httpx

from streambda.local import AuthMode, EndpointOptions, LocalCloud
from streambda.local.assembly_reader import AssemblyReader, ValueSources
from streambda.local.endpoints.management.service_errors import to_xml
from tests.local.endpoints.management.conftest import CHILD, TEMPLATE, Client, name_of
from tests.support.sam_templates import write_template


async def test_apis_and_stages(cloud: LocalCloud, apis: Client) -> None:
    [page] = await apis.pages("get_rest_apis")
    [api] = page["items"]

    assert (api["id"], api["name"]) == ("serverlessrestapi", "shop")
    assert api["tags"]["aws:cloudformation:stack-name"] == "shop"
    assert api["tags"]["streambda:url"] == cloud.rest_api() == cloud.rest_api("ServerlessRestApi")
    assert api == await apis.call("get_rest_api", restApiId="ServerlessRestApi")
    stages = await apis.call("get_stages", restApiId=api["id"])
    [stage] = stages["item"]
    assert (stage["stageName"], stage["tags"]["streambda:url"]) == ("Prod", cloud.rest_api())
    assert stage == await apis.call("get_stage", restApiId=api["id"], stageName="Prod")


async def test_an_error_of_api_gateway(apis: Client) -> None:
    assert await apis.error("get_stages", restApiId="nope") == (
        "NotFoundException",
        404,
        "Invalid API identifier specified 123456789012:nope",
    )
    found = await apis.error("get_stage", restApiId="serverlessrestapi", stageName="x")
    assert found == ("NotFoundException", 404, "Invalid stage identifier specified")


async def test_outputs_of_stacks_are_addresses_of_here(cloud: LocalCloud, stacks: Client) -> None:
    found = await stacks.call("describe_stacks", StackName="shop")

    [stack] = found["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    stage = cloud.rest_api()
    assert outputs == {
        "Url": cloud.function_url("Words"),
        "Api": f"{stage}hello",
        "Base": stage.removesuffix("Prod/"),
        "Other": "https://abc.execute-api.us-east-1.amazonaws.com/Prod & <more>",
        "ChildUrl": cloud.function_url("Inner"),
    }
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    assert parameters == {"Stage": "dev", "Secret": "****"}
    names = [one["StackName"] for one in (await stacks.call("describe_stacks"))["Stacks"]]
    assert names == ["shop", "shop-Child"]
    told = {one["OutputKey"]: one for one in stack["Outputs"]}
    assert (told["Api"]["ExportName"], told["Api"]["Description"]) == ("shop-api", "Where it is")
    exports = (await stacks.call("list_exports"))["Exports"]
    assert exports == [
        {"ExportingStackId": stack["StackId"], "Name": "shop-api", "Value": f"{stage}hello"}
    ]


async def test_stacks_by_their_status(stacks: Client) -> None:
    complete = await stacks.call("list_stacks", StackStatusFilter=["CREATE_COMPLETE"])
    deleted = await stacks.call("list_stacks", StackStatusFilter=["DELETE_COMPLETE"])

    outer, inner = complete["StackSummaries"]
    assert (outer["StackName"], inner["StackName"]) == ("shop", "shop-Child")
    assert inner["ParentId"] == inner["RootId"] == outer["StackId"]
    assert deleted["StackSummaries"] == []


async def test_a_nested_stack_and_a_resource_are_found_by_their_physical_id(
    cloud: LocalCloud, stacks: Client
) -> None:
    """As `sam remote invoke` finds them: from the stack down, or only by a name."""
    arguments = {"StackName": "shop", "LogicalResourceId": "Child"}
    child = (await stacks.call("describe_stack_resource", **arguments))["StackResourceDetail"]
    [page] = await stacks.pages("list_stack_resources", StackName=child["PhysicalResourceId"])
    found = await stacks.call(
        "describe_stack_resources", PhysicalResourceId=name_of(cloud, "Inner")
    )

    assert "Inner" in [one["LogicalResourceId"] for one in page["StackResourceSummaries"]]
    names = [(one["StackName"], one["LogicalResourceId"]) for one in found["StackResources"]]
    assert ("shop-Child", "Inner") in names


async def test_resources_of_a_stack(cloud: LocalCloud, stacks: Client) -> None:
    name = name_of(cloud, "Words")
    arguments = {"StackName": "shop", "LogicalResourceId": "Words"}

    [page] = await stacks.pages("list_stack_resources", StackName="shop")
    found = {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for one in page["StackResourceSummaries"]
    }
    detail = await stacks.call("describe_stack_resource", **arguments)
    several = await stacks.call("describe_stack_resources", **arguments)

    assert found["Words"] == detail["StackResourceDetail"]["PhysicalResourceId"] == name
    assert [one["PhysicalResourceId"] for one in several["StackResources"]] == [name]
    assert all(name.isalnum() for name in found)


async def test_an_error_of_cloudformation(stacks: Client) -> None:
    assert await stacks.error("describe_stacks", StackName="a<b") == (
        "ValidationError",
        400,
        "Stack with id a<b does not exist",
    )
    found = await stacks.error("describe_stack_resource", StackName="shop", LogicalResourceId="X")
    assert found == ("ValidationError", 400, "Resource X does not exist for stack shop")
    found = await stacks.error("describe_stacks", StackName="a\0b\x1b" + "x" * 100_000)
    assert found[2].startswith(
        "Stack with id a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}xx"
    )
    found = await stacks.error("describe_stack_resources")
    assert found[2].startswith("1 validation error detected: Value null at 'stackName' failed")
    found = await stacks.error("describe_stack_resources", PhysicalResourceId="x")
    assert found == ("ValidationError", 400, "Stack for x does not exist")


async def test_signatures_are_checked(tmp_path: Any, http: httpx.AsyncClient) -> None:
    path = write_template(tmp_path, TEMPLATE)
    (tmp_path / "child.yaml").write_text(CHILD)
    async with LocalCloud(path, options=EndpointOptions(auth=AuthMode.ENFORCE)) as cloud:
        for service, operation in (
            ("lambda", "list_functions"),
            ("apigateway", "get_rest_apis"),
            ("cloudformation", "describe_stacks"),
        ):
            assert await Client(service, cloud.lambda_url).call(operation)
        for way in ("/2015-03-31/functions/", "/restapis"):
            assert (await http.get(f"{cloud.lambda_url}{way}")).status_code == 403
        refused = await http.post(cloud.lambda_url, data={"Action": "DescribeStacks"})
        assert refused.status_code == 403
        assert "<Code>MissingAuthenticationToken</Code>" in refused.text


async def test_an_update_changes_what_is_told(tmp_path: Any) -> None:
    path = write_template(tmp_path, TEMPLATE)
    (tmp_path / "child.yaml").write_text(CHILD)
    async with LocalCloud(path, stack_name="shop") as cloud:
        functions = Client("lambda", cloud.lambda_url)
        await functions.call("get_function", FunctionName="plain")
        path.write_text(TEMPLATE.replace("FunctionName: plain", "FunctionName: renamed"))
        changes = await cloud.update(path)

        assert changes.endpoints.changed == ()
        found = await functions.call("list_functions")
        names = [one["FunctionName"] for one in found["Functions"]]
        assert "renamed" in names
        assert "plain" not in names


def test_reading_does_not_need_a_cloud(tmp_path: Any) -> None:
    """An output that nobody can tell is left out, and breaks nothing."""
    text = TEMPLATE.replace("Outputs:", "Outputs:\n  Bad: {Value: !Select [x]}")
    path = write_template(tmp_path, text)
    (tmp_path / "child.yaml").write_text(CHILD)

    assembly = AssemblyReader(ValueSources(stack_name="shop")).read(path)

    assert "Bad" not in assembly.stacks[0].outputs
    assert "Url" in assembly.stacks[0].outputs


def test_texts_that_xml_cannot_have() -> None:
    text = "a\0b\x1b<\ud800>\u00e9\U0001f600\t\n"

    document = f"<a>{to_xml({'b': [text, True]})}</a>".encode()

    [member, other] = ElementTree.fromstring(document).iter("member")
    assert member.text == "a\ufffdb\ufffd<\ufffd>\u00e9\U0001f600\t\n"
    assert other.text == "true"
