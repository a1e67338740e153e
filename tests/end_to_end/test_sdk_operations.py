"""What AWS's SDK for JavaScript makes of the local cloud's answers and errors."""

import json
from pathlib import Path
from typing import Any

import pytest

from streambda.local import LocalCloud
from tests.support.node_clients import find_clients
from tests.support.node_scripts import run_script
from tests.support.sam_templates import sam, write_template

ARN = "arn:aws:lambda:us-east-1:123456789012:function"
TEMPLATE = sam(
    """
  Words:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: words
      AutoPublishAlias: live
      FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}
  Off:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: "off", ReservedConcurrentExecutions: 0}
"""
)
WORDS = {"FunctionName": "words"}
EVENT = {"Payload": '{"do": "words"}'}
NOT_FOUND = {"error": "ResourceNotFoundException", "status": 404, "hasId": True}

# A command, its input, and what must be in the answer.
ROWS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("?", {}, {"names": ["words", "off"]}),
    ("waitUntilFunctionActiveV2", WORDS, {"state": "SUCCESS"}),
    ("GetFunctionConfiguration", {"FunctionName": f"{ARN}:words:live"}, {"Version": "1"}),
    ("GetFunctionUrlConfig", WORDS, {"InvokeMode": "RESPONSE_STREAM"}),
    ("ListEventSourceMappings", WORDS, {"EventSourceMappings": []}),
    (
        "Invoke",
        {"FunctionName": "123456789012:function:words:live", **EVENT},
        {"StatusCode": 200, "ExecutedVersion": "1", "payload": "one two"},
    ),
    ("Invoke", {**WORDS, "InvocationType": "Event"}, {"StatusCode": 202}),
    ("InvokeAsync", {**WORDS, "InvokeArgs": "{}"}, {"Status": 202}),
    ("Invoke", {**WORDS, "InvocationType": "DryRun"}, {"StatusCode": 204}),
    ("Invoke", {"FunctionName": "nobody"}, NOT_FOUND),
    ("GetPolicy", WORDS, NOT_FOUND),
    ("Invoke", {**WORDS, "Payload": "{"}, {"error": "InvalidRequestContentException"}),
    ("Invoke", {**WORDS, "InvocationType": "Now"}, {"error": "ValidationException", "status": 400}),
    (
        "Invoke",
        {"FunctionName": "off"},
        {
            "error": "TooManyRequestsException",
            "status": 429,
            "message": "Rate Exceeded.",
            "reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
            "retryAfter": "1",
        },
    ),
    ("DeleteFunction", WORDS, {"error": "UnknownOperationException", "status": 404}),
]


async def test_answers_and_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = find_clients("sdk") / "ask_lambda.mjs"
    async with LocalCloud(write_template(tmp_path, TEMPLATE), stack_name="shop") as cloud:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", cloud.lambda_url)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        questions = [json.dumps([command, asked]) for command, asked, _ in ROWS]
        async with run_script(script, *questions) as output:
            answers = await output.read_rest()

    found = [
        {key: answer.get(key) for key in expected}
        for answer, (_, _, expected) in zip(answers, ROWS, strict=True)
    ]
    assert found == [expected for _, _, expected in ROWS]
