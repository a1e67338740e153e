"""A template with two functions, an API and a nested stack, and clients of boto3 for its cloud."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from streambda.local import LocalCloud
from tests.support.sam_templates import sam, write_template

ARN = "arn:aws:lambda:us-east-1:123456789012:function"

TEMPLATE = sam(
    """
  Words:
    Type: AWS::Serverless::Function
    Properties:
      Description: Says words
      AutoPublishAlias: live
      MemorySize: 256
      ReservedConcurrentExecutions: 3
      Role: arn:aws:iam::123456789012:role/mine
      Layers: [arn:aws:lambda:us-east-1:580247275435:layer:Insights:14]
      Environment: {Variables: {A: b}}
      Tags: {team: words}
      FunctionUrlConfig:
        AuthType: AWS_IAM
        InvokeMode: RESPONSE_STREAM
        Cors: {AllowOrigins: ["*"], MaxAge: 5}
      Events:
        Any:
          Type: Api
          Properties: {Path: "/{proxy+}", Method: any, ResponseTransferMode: RESPONSE_STREAM}
  Plain:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: plain, Handler: any, Runtime: python3.11, InlineCode: "a = 1"}
  Shared: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: src}}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child.yaml}
""",
    """
Parameters:
  Stage: {Type: String, Default: dev}
  Secret: {Type: String, Default: hidden, NoEcho: true}
Outputs:
  Url: {Value: !GetAtt WordsUrl.FunctionUrl}
  Api:
    Description: Where it is
    Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello"
    Export: {Name: !Sub "${AWS::StackName}-api"}
  Base: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
  Other: {Value: "https://abc.execute-api.us-east-1.amazonaws.com/Prod & <more>"}
  ChildUrl: {Value: !GetAtt Child.Outputs.Url}
""",
)
CHILD = sam(
    "\n  Inner:\n    Type: AWS::Serverless::Function\n"
    "    Properties: {FunctionUrlConfig: {AuthType: NONE}}\n",
    "Outputs: {Url: {Value: !GetAtt InnerUrl.FunctionUrl}}",
)


@pytest.fixture
async def cloud(tmp_path: Any) -> AsyncIterator[LocalCloud]:
    path = write_template(tmp_path, TEMPLATE)
    (tmp_path / "child.yaml").write_text(CHILD)
    async with LocalCloud(path, stack_name="shop") as running:
        yield running


class Client:
    """A client of boto3 for any service of the cloud; each answer is checked against its model."""

    def __init__(self, service: str, endpoint: str) -> None:
        self._client = boto3.client(
            service,
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )

    async def _run(self, blocking: Callable[..., Any], *positional: Any, **named: Any) -> Any:
        try:
            return await asyncio.to_thread(blocking, *positional, **named)
        finally:
            self._client.close()

    async def call(self, operation: str, **arguments: Any) -> Any:
        answer = await self._run(getattr(self._client, operation), **arguments)
        del answer["ResponseMetadata"]
        name = self._client.meta.method_to_api_mapping[operation]
        shape = self._client.meta.service_model.operation_model(name).output_shape
        problems = ParamValidator().validate(answer, shape).generate_report()
        # No address on loopback is as long as one on AWS.
        lines = [line for line in problems.splitlines() if "parameter FunctionUrl," not in line]
        assert lines == []
        return answer

    async def pages(self, operation: str, **arguments: Any) -> list[Any]:
        pages = self._client.get_paginator(operation).paginate(**arguments)
        found: list[Any] = await self._run(list, pages)
        return found

    async def wait(self, state: str, **arguments: Any) -> None:
        """Does not wait: what it waits for must be there."""
        once = {"Delay": 0, "MaxAttempts": 1}
        waiter = self._client.get_waiter(state)
        await self._run(waiter.wait, **arguments, WaiterConfig=once)

    async def error(self, operation: str, **arguments: Any) -> tuple[str, int, str]:
        with pytest.raises(ClientError) as raised:
            await self.call(operation, **arguments)
        response = raised.value.response
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        return response["Error"]["Code"], status, response["Error"]["Message"]


@pytest.fixture
def functions(cloud: LocalCloud) -> Client:
    return Client("lambda", cloud.lambda_url)


@pytest.fixture
def apis(cloud: LocalCloud) -> Client:
    return Client("apigateway", cloud.lambda_url)


@pytest.fixture
def stacks(cloud: LocalCloud) -> Client:
    return Client("cloudformation", cloud.lambda_url)


def name_of(cloud: LocalCloud, logical_id: str) -> str:
    return next(one.name for one in cloud.functions if one.logical_id == logical_id)
