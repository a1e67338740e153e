"""What methods call: a function by alias or stage variable, and what is not served, and why."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import LocalCloud
from streambda.local.assembly.read_assembly import read_assembly
from streambda.local.model.assembly import Assembly
from streambda.local.model.rest_apis import Integration, LambdaIntegration, UnservedIntegration
from tests.support.local_assembly import function, rest_api, write_assembly
from tests.support.sam_templates import read, write_template

LAMBDA = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
WORDS = "arn:aws:lambda:us-east-1:123456789012:function:Words"


def read_with(folder: Path, **properties: Any) -> Assembly:
    """An API whose one method has this integration."""
    resources = {"Words": function(FunctionName="Words"), **rest_api("Words")}
    method = resources["ProxyAny"]["Properties"]
    method["Integration"] = properties
    return read_assembly(write_assembly(folder, resources))


def integration_of(assembly: Assembly) -> Integration:
    [api] = assembly.rest_apis
    return next(one.integration for one in api.routes if one.path == "/{proxy+}")


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, "it has no integration, so"),
        (
            {"Type": "AWS", "Uri": f"{LAMBDA}/{WORDS}/invocations"},
            "has the type AWS, expected AWS_PROXY",
        ),
        (
            {"Type": "AWS", "Uri": "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"},
            r"\(AWS\) calls dynamodb",
        ),
        ({"Type": "AWS"}, r"\(AWS\) calls nothing"),
        (
            {"Type": "AWS_PROXY", "Uri": f"{LAMBDA}/{WORDS}Other/invocations"},
            "its function WordsOther is not in this app",
        ),
        (
            {"Type": "AWS_PROXY", "Uri": f"{LAMBDA}/${{Words.Arn}}/invocations"},
            r"its function is literally \$\{Words.Arn\}: only Fn::Sub",
        ),
        (
            {
                "Type": "AWS_PROXY",
                "Uri": f"{LAMBDA}/{WORDS}${{stageVariables.none}}/invocations",
            },
            "the stage variable none, which has no value",
        ),
    ],
)
def test_what_is_not_served_and_why(
    properties: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    assembly = read_with(tmp_path, **properties)

    integration = integration_of(assembly)
    assert isinstance(integration, UnservedIntegration)
    assert ("AWS::ApiGateway::Method", "Api ANY /{proxy+}", integration.reason) in [
        (one.type, one.name, one.reason) for one in assembly.unsupported
    ]
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(integration.reason)


@pytest.mark.parametrize(
    ("reference", "qualifier"),
    [
        (f"{WORDS}:live", "live"),
        (f"{WORDS}:${{stageVariables.color}}", "${stageVariables.color}"),
        (WORDS.replace("Words", "W${stageVariables.rest}"), None),
    ],
)
def test_a_function_by_alias_or_stage_variable(
    reference: str, qualifier: str | None, tmp_path: Path
) -> None:
    resources = {"Words": function(FunctionName="Words"), **rest_api("Words")}
    resources["Stage"]["Properties"]["Variables"] = {"color": "blue", "rest": "ords"}
    uri = f"{LAMBDA}/{reference}/invocations"
    resources["ProxyAny"]["Properties"]["Integration"] = {"Type": "AWS_PROXY", "Uri": uri}

    assembly = read_assembly(write_assembly(tmp_path, resources))

    integration = integration_of(assembly)
    assert isinstance(integration, LambdaIntegration)
    assert (integration.function_name, integration.qualifier) == ("Words", qualifier)
    filled = assembly.rest_apis[0].stages[0].fill(integration.qualifier or "")
    assert filled == (qualifier or "").replace("${stageVariables.color}", "blue")


ALIASED = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      AutoPublishAlias: live
      InlineCode: |
        def handler(event, context):
            return {"statusCode": 200, "body": context.invoked_function_arn}
      Events:
        Any: {Type: Api, Properties: {Path: /echo, Method: get}}
"""


async def test_the_arn_has_the_alias_of_the_integration(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    async with LocalCloud(write_template(tmp_path, ALIASED)) as cloud:
        reply = await http.get(f"{cloud.rest_api()}echo")

    [echo] = cloud.functions
    assert reply.text == f"{echo.arn}:live"


TWICE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: provided.al2023, Handler: any, CodeUri: src}}
Resources:
  One: {Type: AWS::Serverless::Function, Properties: {FunctionName: same}}
  Two: {Type: AWS::Serverless::Function, Properties: {FunctionName: same}}
"""


def test_a_name_of_two_functions(tmp_path: Path) -> None:
    assembly = read(write_template(tmp_path, TWICE))

    assert [one.logical_id for one in assembly.functions] == ["One"]
    [gap] = assembly.unsupported
    assert gap.name == "Two"
    assert "its FunctionName same is that of One too" in gap.reason
