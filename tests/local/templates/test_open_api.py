"""REST APIs that an OpenAPI document describes: in the template, beside it, included."""

from pathlib import Path

import pytest

from streambda.local.model.rest_apis import (
    LambdaIntegration,
    MockIntegration,
    UnservedIntegration,
)
from tests.support.sam_templates import gaps, read, sam, write_template

OPEN_API = """
openapi: 3.0.1
info: {title: "streams", version: "1"}
components:
  securitySchemes:
    Key: {type: apiKey, name: x-api-key, in: header}
    Signed: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
    Token:
      type: apiKey
      name: X-Token
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer:
        type: token
        authorizerResultTtlInSeconds: 7
        identityValidationExpression: "[a-z]+"
        authorizerUri: !Sub
          arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Words.Arn}/invocations
    Pool:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: cognito_user_pools
      x-amazon-apigateway-authorizer: {type: cognito_user_pools, providerARNs: []}
x-amazon-apigateway-binary-media-types: ["image/png"]
x-amazon-apigateway-api-key-source: AUTHORIZER
x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX:
    statusCode: "418"
    responseParameters: {gatewayresponse.header.X-Why: "'tea'"}
security: [{Key: []}]
paths:
  /:
    get:
      security: []
      x-amazon-apigateway-integration: &streams
        type: aws_proxy
        httpMethod: POST
        responseTransferMode: STREAM
        timeoutInMillis: 30000
        uri: !Sub
          arn:aws:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/${Words.Arn}/response-streaming-invocations
    options:
      security: []
      x-amazon-apigateway-integration:
        type: mock
        responses:
          default:
            statusCode: "204"
            responseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}
  /words/{id}:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration: *streams
    get: {security: [{Token: []}], x-amazon-apigateway-integration: *streams}
    put: {security: [{Signed: []}], x-amazon-apigateway-integration: *streams}
    post: {x-amazon-apigateway-auth: {type: AWS_IAM}, x-amazon-apigateway-integration: *streams}
    delete: {security: [{Pool: [a/b]}, {Key: []}], x-amazon-apigateway-integration: *streams}
    head: {security: [{Nobody: []}]}
"""
API = """
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod, %s}
"""
INCLUDE = "DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: api.yaml}}}"


def indent(text: str, spaces: int) -> str:
    return text.replace("\n", "\n" + " " * spaces)


@pytest.mark.parametrize("how", ["inline", "include", "uri", "cloudformation"])
def test_an_api_that_an_open_api_document_describes(how: str, tmp_path: Path) -> None:
    document = OPEN_API
    if how == "uri":
        # API Gateway reads the file as it is, without CloudFormation's functions.
        document = (
            OPEN_API.replace("!Sub\n", "\n")
            .replace("${AWS::Region}", "us-east-1")
            .replace("${Words.Arn}", "arn:aws:lambda:us-east-1:123456789012:function:Words")
        )
    (tmp_path / "api.yaml").write_text(document)
    api = {
        "inline": API.replace("{StageName: prod, %s}", "")
        + "      StageName: prod\n      DefinitionBody:"
        + indent(OPEN_API, 8),
        "include": API % INCLUDE,
        "uri": API % "DefinitionUri: api.yaml",
        "cloudformation": "\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:"
        "\n      Body:" + indent(OPEN_API, 8) + "\n  Stage:\n    Type: AWS::ApiGateway::Stage\n"
        "    Properties: {RestApiId: !Ref Api, StageName: prod}\n",
    }[how]
    words = (
        "\n  Words:\n    Type: AWS::Serverless::Function\n    Properties: {FunctionName: Words}"
        "\n  May:\n    Type: AWS::Lambda::Permission\n"
        "    Properties: {FunctionName: !Ref Words, Principal: apigateway.amazonaws.com}"
    )

    found = read(write_template(tmp_path, sam(words + api)))

    assert gaps(found) == []
    [read_api] = found.rest_apis
    assert (read_api.name, read_api.binary_media_types) == ("streams", ("image/png",))
    assert [stage.name for stage in read_api.stages] == ["prod"]
    assert read_api.access.key_from_authorizer
    response = read_api.access.gateway_responses["DEFAULT_4XX"]
    assert (response.status, response.headers) == (418, (("X-Why", "tea"),))
    routes = {f"{one.method} {one.path}": one for one in read_api.routes}
    streams = LambdaIntegration(function_name="Words", streaming=True, timeout_s=30)
    assert routes["GET /"].integration == routes["ANY /words/{id}"].integration == streams
    assert routes["OPTIONS /"].integration == MockIntegration(
        status=204, headers=(("Access-Control-Allow-Origin", "*"),)
    )
    kinds = {name: (str(one.auth.kind), one.auth.api_key) for name, one in routes.items()}
    assert kinds == {
        "GET /": ("NONE", False),
        "OPTIONS /": ("NONE", False),
        "ANY /words/{id}": ("NONE", True),
        "GET /words/{id}": ("CUSTOM", False),
        "PUT /words/{id}": ("AWS_IAM", False),
        "POST /words/{id}": ("AWS_IAM", True),
        "DELETE /words/{id}": ("COGNITO_USER_POOLS", True),
        "HEAD /words/{id}": ("NONE", False),
    }
    token = routes["GET /words/{id}"].auth.authorizer
    assert token is not None
    assert (token.function_name, token.identity_sources, token.ttl_s, token.validation) == (
        "arn:aws:lambda:us-east-1:123456789012:function:Words",
        ("method.request.header.X-Token",),
        7,
        "[a-z]+",
    )
    assert routes["DELETE /words/{id}"].auth.scopes == {"a/b"}
    assert isinstance(routes["HEAD /words/{id}"].integration, UnservedIntegration)
