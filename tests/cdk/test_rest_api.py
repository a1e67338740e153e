import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigw

from streambda.cdk import StreamingRestApi
from tests.cdk.conftest import MakeFunction
from tests.cdk.templates import only, resources, template_of


@pytest.fixture
def rest_api(stack: cdk.Stack) -> StreamingRestApi:
    return StreamingRestApi(stack, "RestApi")


def test_the_api_is_regional_and_leaves_the_account_alone(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    rest_api.add_stream("GET", "/", make_function())

    template = template_of(stack)
    api = only(template, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert resources(template, "AWS::ApiGateway::Account") == {}
    assert template.get("Outputs", {}) == {}


def test_the_accounts_role_for_logs_can_be_made_and_stays(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    rest_api = StreamingRestApi(stack, "RestApi", cloud_watch_role=True)
    rest_api.add_stream("GET", "/", make_function())

    everything = template_of(stack)["Resources"].values()
    [account] = [it for it in everything if it["Type"] == "AWS::ApiGateway::Account"]
    assert account["DeletionPolicy"] == "Retain"


def test_the_access_log_tells_how_the_stream_went(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    rest_api.add_stream("GET", "/", make_function())

    stage = only(template_of(stack), "AWS::ApiGateway::Stage")
    line = json.loads(stage["AccessLogSetting"]["Format"])
    assert line["requestId"] == "$context.requestId"
    assert line["responseTransferMode"] == "$context.integration.responseTransferMode"
    assert line["timeToAllHeaders"] == "$context.integration.timeToAllHeaders"
    assert line["timeToFirstContent"] == "$context.integration.timeToFirstContent"


def test_requests_are_validated(
    stack: cdk.Stack, rest_api: StreamingRestApi, make_function: MakeFunction
) -> None:
    rest_api.add_stream("GET", "/", make_function())

    template = template_of(stack)
    [validator] = resources(template, "AWS::ApiGateway::RequestValidator")
    method = only(template, "AWS::ApiGateway::Method")
    assert method["RequestValidatorId"] == {"Ref": validator}


def test_options_reach_the_api(stack: cdk.Stack, make_function: MakeFunction) -> None:
    rest_api = StreamingRestApi(
        stack, "RestApi", stage_name="v1", authorization_type=apigw.AuthorizationType.NONE
    )
    rest_api.add_stream("any", "/jobs/{id}", make_function())

    template = template_of(stack)
    method = only(template, "AWS::ApiGateway::Method")
    parts = [it["PathPart"] for it in resources(template, "AWS::ApiGateway::Resource").values()]
    assert only(template, "AWS::ApiGateway::Stage")["StageName"] == "v1"
    assert (method["HttpMethod"], method["AuthorizationType"]) == ("ANY", "NONE")
    assert sorted(parts) == ["jobs", "{id}"]
