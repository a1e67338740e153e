"""Paths, methods, keys and usage plans, as scripts ask API Gateway for them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from streambda.local import LocalCloud
from streambda.local.endpoints.management.resource_documents import describe_http_integration
from streambda.local.model.http_integrations import HttpIntegration, MappedResponse
from tests.local.endpoints.management.conftest import ARN, Client
from tests.support.sam_templates import sam, write_template

API = {"restApiId": "keyed"}
INTEGRATION = (
    f"arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{ARN}:words"
    "/response-streaming-invocations"
)
TEMPLATE = sam(
    """
  Keyed:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Auth:
        ApiKeyRequired: true
        UsagePlan:
          CreateUsagePlan: PER_API
          Throttle: {RateLimit: 5, BurstLimit: 7}
          Quota: {Limit: 100, Period: DAY}
        Authorizers:
          Check: {FunctionArn: !GetAtt Words.Arn, Identity: {ReauthorizeEvery: 0}}
      MethodSettings:
        - HttpMethod: GET
          ResourcePath: /words/say
          ThrottlingRateLimit: 3
          ThrottlingBurstLimit: 4
  Words:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: words
      Events:
        Say:
          Type: Api
          Properties:
            RestApiId: !Ref Keyed
            Path: /words/say
            Method: get
            ResponseTransferMode: RESPONSE_STREAM
        Checked:
          Type: Api
          Properties:
            {RestApiId: !Ref Keyed, Path: /, Method: post, Auth: {Authorizer: Check}}
"""
)


@pytest.fixture
async def apis(tmp_path: Path) -> AsyncIterator[Client]:
    async with LocalCloud(write_template(tmp_path, TEMPLATE), stack_name="shop") as running:
        yield Client("apigateway", running.lambda_url)


def by_path(answer: Any) -> dict[str, Any]:
    return {one["path"]: one for one in answer["items"]}


async def test_resources_are_a_tree(apis: Client) -> None:
    found = by_path(await apis.call("get_resources", **API, limit=500))

    assert sorted(found) == ["/", "/words", "/words/say"]
    root, words, say = (found[path] for path in sorted(found))
    assert (root["id"], "parentId" in root) == (
        (await apis.call("get_rest_api", **API))["rootResourceId"],
        False,
    )
    assert (words["parentId"], words["pathPart"]) == (root["id"], "words")
    assert (say["parentId"], say["pathPart"]) == (words["id"], "say")
    assert say["resourceMethods"] == {"GET": {}}
    assert say == await apis.call("get_resource", **API, resourceId=say["id"])
    [first, *_] = await apis.pages("get_resources", **API, PaginationConfig={"PageSize": 1})
    assert [one["path"] for one in first["items"]] == ["/"]


async def test_methods_and_integrations(apis: Client) -> None:
    found = by_path(await apis.call("get_resources", **API, embed=["methods"]))
    say, root = found["/words/say"], found["/"]
    method = say["resourceMethods"]["GET"]

    assert (method["authorizationType"], method["apiKeyRequired"]) == ("NONE", True)
    integration = method["methodIntegration"]
    assert (integration["type"], integration["responseTransferMode"]) == ("AWS_PROXY", "STREAM")
    assert integration["uri"] == INTEGRATION
    at = {**API, "resourceId": say["id"], "httpMethod": "GET"}
    assert method == await apis.call("get_method", **at)
    assert integration == await apis.call("get_integration", **at)
    [authorizer] = (await apis.call("get_authorizers", **API))["items"]
    assert authorizer["type"] == "TOKEN"
    assert authorizer["authorizerResultTtlInSeconds"] == 0
    assert authorizer["id"] == root["resourceMethods"]["POST"]["authorizerId"]
    asked = {**API, "authorizerId": authorizer["id"]}
    assert authorizer == await apis.call("get_authorizer", **asked)


async def test_keys_and_usage_plans(apis: Client) -> None:
    [hidden] = (await apis.call("get_api_keys"))["items"]
    [key] = (await apis.call("get_api_keys", includeValues=True))["items"]

    assert "value" not in hidden
    assert key == {**hidden, "value": key["value"]}
    assert key == await apis.call("get_api_key", apiKey=key["id"], includeValue=True)
    assert (await apis.call("get_api_keys", nameQuery="other"))["items"] == []
    [plan] = (await apis.call("get_usage_plans"))["items"]
    assert plan["apiStages"] == [{"apiId": "keyed", "stage": "v1"}]
    assert plan["throttle"] == {"rateLimit": 5.0, "burstLimit": 7}
    assert plan["quota"] == {"limit": 100, "offset": 0, "period": "DAY"}
    assert plan == await apis.call("get_usage_plan", usagePlanId=plan["id"])
    [linked] = (await apis.call("get_usage_plan_keys", usagePlanId=plan["id"]))["items"]
    assert (linked["id"], linked["value"]) == (key["id"], key["value"])


async def test_stages_and_deployments(apis: Client) -> None:
    [stage] = (await apis.call("get_stages", **API))["item"]

    throttled = stage["methodSettings"]["~1words~1say/GET"]
    assert (throttled["throttlingRateLimit"], throttled["throttlingBurstLimit"]) == (3.0, 4)
    [deployment] = (await apis.call("get_deployments", **API))["items"]
    assert deployment["id"] == stage["deploymentId"]
    asked = {**API, "deploymentId": deployment["id"]}
    assert deployment == await apis.call("get_deployment", **asked)
    assert (await apis.call("get_stages", **API, deploymentId="x"))["item"] == []


@pytest.mark.parametrize(
    ("operation", "arguments", "code", "message"),
    [
        ("get_resource", {**API, "resourceId": "x"}, "NotFoundException", "Invalid Resource id"),
        ("get_method", {**API, "resourceId": "Keyed-root", "httpMethod": "GET"},
         "NotFoundException", "Invalid Method identifier specified"),
        ("get_authorizer", {**API, "authorizerId": "x"}, "NotFoundException", "Authorizer"),
        ("get_deployment", {**API, "deploymentId": "x"}, "NotFoundException", "Deployment"),
        ("get_api_key", {"apiKey": "x"}, "NotFoundException", "Invalid API Key identifier"),
        ("get_usage_plan_keys", {"usagePlanId": "x"}, "NotFoundException", "Usage Plan"),
        ("get_rest_apis", {"limit": 0}, "BadRequestException", "Invalid limit '0', expected"),
        ("get_rest_apis", {"position": "x"}, "BadRequestException", "Invalid position"),
    ],
)  # fmt: skip
async def test_errors(
    operation: str, arguments: dict[str, Any], code: str, message: str, apis: Client
) -> None:
    found = await apis.error(operation, **arguments)

    assert found[0] == code
    assert message in found[2]


def test_an_http_integration_is_as_in_its_template() -> None:
    integration = HttpIntegration(
        uri="https://a.example/{id}",
        proxy=False,
        parameters=(("path.id", "method.request.path.id"),),
        responses=(MappedResponse(status=404, pattern="4..", headers=(("X", "'y'"),)),),
        timeout_s=5,
    )

    assert describe_http_integration(integration) == {
        "type": "HTTP",
        "httpMethod": "ANY",
        "uri": "https://a.example/{id}",
        "connectionType": "INTERNET",
        "requestParameters": {"integration.request.path.id": "method.request.path.id"},
        "responseTransferMode": "BUFFERED",
        "timeoutInMillis": 5000,
        "integrationResponses": {
            "404": {
                "statusCode": "404",
                "selectionPattern": "4..",
                "responseParameters": {"method.response.header.X": "'y'"},
            }
        },
    }
