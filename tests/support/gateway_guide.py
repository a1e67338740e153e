"""The YAML of a public guide to streaming through API Gateway, as it was published, and a handler.

It is one template of SAM: the integration, its role, CORS, throttling, authorization, tracing and
the access log.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from streambda.local import EndpointOptions, LocalCloud
from tests.support.gate import Gate
from tests.support.no_tls import NO_TLS
from tests.support.streambda_code import write_streambda_code

HANDLER = """
import json
import os
import socket

from streambda_runtime import StreamingResponse

FORMATS = {
    "sse": ("text/event-stream", "data: {}\\n\\n"),
    "jsonl": ("application/x-ndjson", "{}\\n"),
    "text": ("text/plain", "{}\\n"),
}


def wait():
    with socket.create_connection(("127.0.0.1", int(os.environ["GATE"])), timeout=20) as gate:
        assert gate.recv(1) == b"."


def handler(event, context):
    query = event.get("queryStringParameters") or {}
    media_type, frame = FORMATS[query.get("format", "sse")]

    def chunks():
        yield frame.format(json.dumps({"id": 1}))
        wait()
        yield frame.format(json.dumps({"id": 2}))

    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(chunks(), media_type=media_type, headers=headers)


def silent(event, context):
    wait()
    return {"statusCode": 200, "body": "late"}


def whole(event, context):
    return {"statusCode": 200, "body": "whole"}


def allow(event, context):
    effect = "Allow" if event["authorizationToken"] == "good" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "me", "policyDocument": {"Statement": [statement]}}
"""

INTEGRATION = """
          x-amazon-apigateway-integration:
            type: aws_proxy
            httpMethod: POST
            # Use streaming-specific invocation path
            uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/${StreamingFunction.Arn}/response-streaming-invocations"
            responseTransferMode: STREAM  # Required
            timeoutInMillis: 30000
            credentials: !GetAtt StreamingApiRole.Arn
"""  # noqa: E501 (as published)
CORS = """
      Cors:
        AllowOrigin: "'*'"
        AllowMethods: "'GET,POST,OPTIONS'"
        AllowHeaders: "'*'"
"""
THROTTLING = """
      MethodSettings:
        - ResourcePath: /stream
          HttpMethod: GET
          ThrottlingBurstLimit: 100
          ThrottlingRateLimit: 50
"""
AUTH = """
      Auth:
        DefaultAuthorizer: AWS_IAM
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Tracing: Active
    Runtime: provided.al2023
    CodeUri: src
    Timeout: 20
    MemorySize: 512
    Environment: {Variables: {GATE: "%(gate)s"}}
Resources:
  StreamingApi:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
%(settings)s
      AccessLogSetting:
        DestinationArn: !GetAtt ApiLogGroup.Arn
        Format: '$context.requestId $context.httpMethod $context.path $context.status'
      DefinitionBody:
        openapi: 3.0.1
        info: {title: streaming, version: "1"}
        paths:
          /stream:
            get:
%(integration)s
  ApiLogGroup:
    Type: AWS::Logs::LogGroup
  StreamingFunction:
    Type: AWS::Serverless::Function
    Properties: {Handler: %(handler)s}
  Authorizer:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.allow}
  StreamingApiRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              Service: apigateway.amazonaws.com
            Action: sts:AssumeRole
      Policies:
        - PolicyName: InvokeLambdaStreaming
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Effect: Allow
                Action:
                  - lambda:InvokeFunction
                  - lambda:InvokeWithResponseStream
                Resource: !GetAtt StreamingFunction.Arn
"""


def make_template(
    settings: str = "", integration: str = INTEGRATION, handler: str = "app.handler", gate: int = 0
) -> str:
    indented = "\n".join(f"    {line}" for line in integration.splitlines())
    values = {"settings": settings, "integration": indented, "handler": handler, "gate": gate}
    return TEMPLATE % values


class Guide:
    """The template in a folder, and its endpoints while it runs."""

    def __init__(self, folder: Path, gate: Gate) -> None:
        write_streambda_code(folder / "src", HANDLER)
        self._path = folder / "template.yaml"
        self.gate = gate
        self.lines: list[str] = []

    def write(self, text: str) -> Path:
        self._path.write_text(text)
        return self._path

    @asynccontextmanager
    async def serve(
        self, settings: str = "", *, options: EndpointOptions | None = None, **parts: Any
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client whose base is the stage."""
        path = self.write(make_template(settings, gate=self.gate.port, **parts))
        cloud = LocalCloud(path, options=options, log=lambda _, line: self.lines.append(line))
        async with cloud:
            client = httpx.AsyncClient(
                base_url=cloud.rest_api(), timeout=30, trust_env=False, verify=NO_TLS
            )
            async with client:
                yield client
