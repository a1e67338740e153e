"""Methods that call a URL, as templates describe them, and those that are not called from here."""

from pathlib import Path
from typing import Any

import pytest

from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.model.function_names import function_arn
from streambda.local.model.http_integrations import HttpIntegration, MappedResponse
from streambda.local.model.place import Place
from streambda.local.model.rest_apis import Integration, UnservedIntegration
from tests.support.local_assembly import function, rest_api, url, write_assembly
from tests.support.sam_templates import read, sam, write_template

URL = "https://a.example/b"
HEADER = "integration.request.header.X"


def read_with(folder: Path, **properties: Any) -> Integration:
    """That of an API's one method."""
    resources = {"Words": function(FunctionName="Words"), **rest_api("Words")}
    resources["ProxyAny"]["Properties"]["Integration"] = {"Type": "HTTP_PROXY", **properties}
    # Addresses that do not exist here.
    resources["Foreign"] = url("Words")
    resources["Foreign"]["Properties"]["TargetFunctionArn"] = function_arn("Other", Place())
    resources["Bare"] = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Bare"}}
    socket = {"Name": "Socket", "ProtocolType": "WEBSOCKET"}
    resources["Socket"] = {"Type": "AWS::ApiGatewayV2::Api", "Properties": socket}
    apis = read_assembly(write_assembly(folder, resources)).rest_apis
    api = next(one for one in apis if one.name == "Api")
    return next(one.integration for one in api.routes if one.path == "/{proxy+}")


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, "(HTTP_PROXY) calls nothing, expected a URL with http:// or https://"),
        ({"Uri": "ftp://a/"}, "(HTTP_PROXY) calls ftp://a/, expected a URL"),
        (
            {"Uri": URL, "ConnectionType": "VPC_LINK", "ConnectionId": "x"},
            f"(HTTP_PROXY) calls {URL} through a VPC link, which does not exist here",
        ),
        (
            {"Uri": {"Fn::Sub": "http://${Url.FunctionUrl}/"}},
            "calls a URL that is known only after deployment: it needs Url.FunctionUrl",
        ),
        (
            {"Uri": {"Fn::Sub": "${Foreign.FunctionUrl}x"}},
            "after deployment: it needs Foreign.FunctionUrl, which has no address here",
        ),
        (
            {"Uri": {"Fn::Sub": "https://${Bare}.execute-api.${AWS::Region}.amazonaws.com/x"}},
            "after deployment: it needs Bare, which has no address here",
        ),
        (
            {"Uri": {"Fn::GetAtt": ["Socket", "ApiEndpoint"]}},
            "calls wss://Socket.execute-api.us-east-1.amazonaws.com, expected a URL with http://",
        ),
        (
            {"Uri": {"Fn::Sub": "https://${Balancer.DNSName}/"}},
            "after deployment: it needs Balancer.DNSName",
        ),
        (
            {"Uri": URL, "RequestParameters": {HEADER: "method.request.body.id"}},
            f"maps method.request.body.id to {HEADER}, which is not read here",
        ),
        ({"Uri": URL, "RequestParameters": {"x": "'y'"}}, "maps 'y' to x, which is not read"),
        (
            {"Type": "HTTP", "Uri": URL, "ResponseTransferMode": "STREAM"},
            "(HTTP) has ResponseTransferMode STREAM, which only AWS_PROXY and HTTP_PROXY can",
        ),
        (
            {"Type": "HTTP", "Uri": URL, "RequestTemplates": {"application/json": "$input"}},
            "(HTTP) has mapping templates, which do not run here",
        ),
        (
            {
                "Type": "HTTP",
                "Uri": URL,
                "IntegrationResponses": [
                    {
                        "ResponseParameters": {
                            "method.response.header.X": "integration.response.body"
                        }
                    }
                ],
            },
            "(HTTP) maps integration.response.body to its response, which is not read here",
        ),
        (
            {"Type": "HTTP", "Uri": URL, "IntegrationResponses": [{"StatusCode": 600}]},
            "(HTTP) has a response with the StatusCode 600, expected 200 to 599",
        ),
    ],
)
def test_what_is_not_called_and_why(
    properties: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    found = read_with(tmp_path, **properties)

    assert isinstance(found, UnservedIntegration)
    assert reason in found.reason


def test_what_is_called(tmp_path: Path) -> None:
    assert read_with(
        tmp_path,
        Uri="${stageVariables.url}",
        IntegrationHttpMethod="GET",
        ResponseTransferMode="STREAM",
        TimeoutInMillis=900000,
        TlsConfig={"InsecureSkipVerification": True},
        RequestParameters={HEADER: "'y'"},
    ) == HttpIntegration(
        uri="${stageVariables.url}",
        method="GET",
        streaming=True,
        timeout_s=900,
        verify=False,
        parameters=(("header.X", "'y'"),),
    )


OPEN_API = sam(
    """
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      DefinitionBody:
        openapi: 3.0.1
        info: {title: demo, version: "1"}
        paths:
          /streaming:
            x-amazon-apigateway-any-method:
              x-amazon-apigateway-integration:
                httpMethod: ANY
                uri: https://example.com/{id}
                type: http_proxy
                responseTransferMode: STREAM
                requestParameters: {integration.request.path.id: method.request.querystring.id}
                tlsConfig: {insecureSkipVerification: true}
          /custom:
            get:
              x-amazon-apigateway-integration:
                httpMethod: GET
                uri: https://example.com/
                type: http
                responses:
                  default: {statusCode: "200"}
                  "5\\\\d{2}": {statusCode: "502", responseTemplates: {application/json: ""}}
          /private:
            get:
              x-amazon-apigateway-integration:
                {httpMethod: GET, uri: "https://a/", type: http_proxy, connectionType: VPC_LINK}
"""
)


def test_an_open_api_document_says_the_same(tmp_path: Path) -> None:
    [api] = read(write_template(tmp_path, OPEN_API)).rest_apis

    found = {route.path: route.integration for route in api.routes}
    assert found["/streaming"] == HttpIntegration(
        uri="https://example.com/{id}",
        streaming=True,
        parameters=(("path.id", "method.request.querystring.id"),),
        verify=False,
    )
    assert found["/custom"] == HttpIntegration(
        uri="https://example.com/",
        method="GET",
        proxy=False,
        responses=(
            MappedResponse(status=200),
            MappedResponse(status=502, pattern="5\\d{2}"),
        ),
    )
    assert isinstance(found["/private"], UnservedIntegration)
