"""Templates of SAM and of CloudFormation: functions, URLs, APIs, layers, values."""

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from streambda.local.model.errors import AssemblyError
from streambda.local.model.rest_apis import LambdaIntegration, MockIntegration, RestApi
from streambda.local.templates.read_template import name_stack
from tests.support.local_assembly import function, rest_api, url
from tests.support.sam_templates import WORDS, gaps, read, sam, to_json, write_template


def routes_of(api: RestApi) -> dict[str, Any]:
    return {f"{one.method} {one.path}": one.integration for one in api.routes}


def test_a_function_with_its_url_and_its_api(tmp_path: Path) -> None:
    found = read(write_template(tmp_path, sam(WORDS)))

    [words] = found.functions
    assert words.name.startswith("shop-Words-")
    assert (words.logical_id, words.short_name, words.runtime) == (
        "Words",
        "Words",
        "provided.al2023",
    )
    assert words.code == tmp_path / "src"
    assert words.timeout_s == 20
    [made] = found.function_urls
    assert (made.function_name, made.streaming, made.iam) == (words.name, True, False)
    [api] = found.rest_apis
    assert [stage.name for stage in api.stages] == ["Prod"]
    [integration] = routes_of(api).values()
    assert list(routes_of(api)) == ["ANY /{proxy+}"]
    assert (integration.function_name, integration.streaming) == (words.name, True)
    assert integration.supported
    assert gaps(found) == []


def test_names_are_those_of_cloudformation(tmp_path: Path) -> None:
    resources = f"{WORDS}\n  Named:\n    Type: AWS::Serverless::Function\n    Properties: "
    path = write_template(tmp_path, sam(resources + "{FunctionName: !Sub '${AWS::StackName}-x'}"))

    words, named = read(path).functions
    assert named.name == "shop-x"
    assert read(path).functions[0].name == words.name  # the same each time
    assert read(path, "other").functions[0].name.startswith("other-Words-")
    long = read(path, "s" * 100).functions[0].name
    assert len(long) == 64
    assert "-Words-" in long


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("shop/template.yaml", "shop"),
        ("my shop_2/template.yaml", "my-shop-2"),
        ("shop/.aws-sam/build/template.yaml", "shop"),
        ("shop/.serverless/t.json", "shop"),
        ("2024/t.yaml", "app-2024"),
        ("___/t.yaml", "app"),
    ],
)
def test_a_stack_is_named_after_its_folder(path: str, name: str, tmp_path: Path) -> None:
    assert name_stack(tmp_path / path) == name


VALUES = """
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Mappings:
  Sizes: {dev: {Memory: 256}, prod: {Memory: 512}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
"""
VALUED = """
  Words:
    Type: AWS::Serverless::Function
    Properties:
      MemorySize: !FindInMap [Sizes, !Ref Stage, Memory]
      AutoPublishAlias: !Ref Stage
      Environment:
        Variables:
          STAGE: !Ref Stage
          NAME: !Sub "${AWS::StackName}-${Stage}"
          ONLY: !If [IsProd, "yes", !Ref "AWS::NoValue"]
          PART: !Select [1, !Split ["-", a-b]]
  OnlyProd:
    Type: AWS::Serverless::Function
    Condition: IsProd
"""


def test_parameters_mappings_and_conditions(tmp_path: Path) -> None:
    path = write_template(tmp_path, sam(VALUED, VALUES))

    [words] = read(path).functions
    assert words.memory_mb == 256
    assert words.environment == {"STAGE": "dev", "NAME": "shop-dev", "PART": "b"}
    assert {"dev", "1"} <= words.qualifiers

    words, only = read(path, parameters={"Stage": "prod"}).functions
    assert words.memory_mb == 512
    assert words.environment["ONLY"] == "yes"
    assert "prod" in words.qualifiers
    assert only.logical_id == "OnlyProd"

    with pytest.raises(AssemblyError, match="its value 'x' is not allowed"):
        read(path, parameters={"Stage": "x"})


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
    assert routes["HEAD /words/{id}"].integration is None


def test_layers_and_zips(tmp_path: Path) -> None:
    (tmp_path / "layer").mkdir()
    with ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh")
    resources = """
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer/, LayerName: tools}
  Zipped:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ./code.zip, Layers: [!Ref Layer]}
"""
    [zipped] = read(write_template(tmp_path, sam(resources))).functions

    assert zipped.code == tmp_path / "code.zip"
    assert zipped.layers == (tmp_path / "layer",)


def test_plain_cloudformation_in_json(tmp_path: Path) -> None:
    resources = {
        "Words": function(FunctionName="Words", Code="src"),
        "Url": url("Words"),
        **rest_api("Words"),
    }
    found = read(write_template(tmp_path, to_json({"Resources": resources}), "template.json"))

    assert [one.code for one in found.functions] == [tmp_path / "src"]
    assert [one.function_name for one in found.function_urls] == ["Words"]
    assert "ANY /{proxy+}" in routes_of(found.rest_apis[0])


def test_one_template_of_an_assembly(tmp_path: Path) -> None:
    """The CDK tells beside each asset where it is; keys in S3 say nothing."""
    code = {"S3Bucket": {"Fn::Sub": "cdk-${AWS::Region}"}, "S3Key": "abc.zip"}
    words = {
        **function(FunctionName="Words", Code=code),
        "Metadata": {"aws:asset:path": "src", "aws:asset:property": "Code"},
    }
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Sub": "https://s3.${AWS::Region}.x/y.json"}},
        "Metadata": {"aws:asset:path": "y.nested.json", "aws:asset:property": "TemplateURL"},
    }
    (tmp_path / "y.nested.json").write_text(to_json({"Resources": {"Inner": words}}))
    document = {"Resources": {"Words": words, "Nested": nested, "Plain": {**words, "Metadata": {}}}}

    found = read(write_template(tmp_path, to_json(document), "Stack.template.json"))

    assert [(one.logical_id, one.code) for one in found.functions] == [
        ("Words", tmp_path / "src"),
        ("Plain", None),
        ("Inner", tmp_path / "src"),
    ]
    assert [name for name, _ in gaps(found)] == ["Plain"]


def test_what_the_serverless_framework_packages(tmp_path: Path) -> None:
    folder = tmp_path / "shop/.serverless"
    bucket = {"Ref": "ServerlessDeploymentBucket"}
    code = {"S3Bucket": bucket, "S3Key": "serverless/shop/dev/1700000000000-2023/shop.zip"}
    resources = {
        "ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"},
        "WordsLambdaFunction": function(FunctionName="shop-dev-words", Code=code),
        "WordsLambdaFunctionUrl": url("WordsLambdaFunction"),
        "WordsLambdaPermissionApiGateway": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Fn::GetAtt": ["WordsLambdaFunction", "Arn"]},
                "Principal": "apigateway.amazonaws.com",
            },
        },
        **rest_api("WordsLambdaFunction"),
        "ApiGatewayDeployment1": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "dev"},
        },
    }
    for name in ("Stage", "Deployment"):
        del resources[name]
    name = "cloudformation-template-update-stack.json"
    path = write_template(folder, to_json({"Resources": resources}), name)
    with ZipFile(folder / "shop.zip", "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh")

    found = read(path, None)

    [words] = found.functions
    assert (words.name, words.code) == ("shop-dev-words", folder / "shop.zip")
    assert [stage.name for stage in found.rest_apis[0].stages] == ["dev"]
    assert gaps(found) == []
