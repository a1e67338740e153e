"""Templates of SAM and of CloudFormation: functions, URLs, APIs, layers, values, nested stacks."""

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest

from streambda.local import LocalCloud
from streambda.local.model.errors import AssemblyError
from streambda.local.model.rest_apis import RestApi
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
        **function(Code=code),
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


ODD_VALUES = """
  Image:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image, ImageUri: ""}
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Cors: {MaxAge: 5}
      DefinitionBody:
        openapi: "3.0.1"
        paths:
          /:
            get:
              x-amazon-apigateway-auth: {type: none}
              x-amazon-apigateway-integration: {type: mock}
"""


def test_values_that_aws_takes_though_nothing_says_so(tmp_path: Path) -> None:
    text = sam(ODD_VALUES).replace("    CodeUri: src\n", "").replace("    Handler: any\n", "")
    text = text.replace("    Runtime: provided.al2023\n", "")

    found = read(write_template(tmp_path, text))

    assert gaps(found) == []
    assert (
        "it is a container image, which does not run here: its code as a folder or a zip does"
        in [one.reason for one in found.unsupported]
    )
    assert {route.method for route in found.rest_apis[0].routes} == {"GET", "OPTIONS"}


async def test_one_file_as_code(tmp_path: Path, http: httpx.AsyncClient) -> None:
    resource = """
  One:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: one.handler
      CodeUri: one.py
      FunctionUrlConfig: {AuthType: NONE}
"""
    (tmp_path / "one.py").write_text("def handler(event, context):\n    return 'one'\n")

    async with LocalCloud(write_template(tmp_path, sam(resource))) as cloud:
        reply = await http.get(cloud.function_url("One"))

    assert (reply.status_code, reply.text) == (200, '"one"')
