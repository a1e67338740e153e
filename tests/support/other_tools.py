"""The templates of docs/other-tools.md, and what is asked of each: both endpoints stream."""

import json
from typing import Any

import httpx

from tests.support.code_blocks import read_block
from tests.support.gate import serve_gate

PAGE = "docs/other-tools.md"
STREAMING_URI = ":lambda:path/2021-11-15/functions/"


def read_template(heading: str, language: str = "yaml") -> str:
    return read_block(PAGE, heading, language=language)


def list_lint_findings(template: str, region: str = "us-east-1") -> list[str]:
    """What cfn-lint has to say."""
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    return [str(match) for match in lint(template, config=ManualArgs(regions=[region]))]


def check_streams(template: dict[str, Any]) -> None:
    """Check that a CloudFormation template has a URL and a REST API that stream one function."""
    resources = template["Resources"].values()
    by_type: dict[str, list[dict[str, Any]]] = {}
    for one in resources:
        by_type.setdefault(one["Type"], []).append(one.get("Properties", {}))
    [function], [url] = by_type["AWS::Lambda::Function"], by_type["AWS::Lambda::Url"]
    [layer] = by_type["AWS::Lambda::LayerVersion"]
    assert (function["Runtime"], function["Handler"]) == ("provided.al2023", "main.app")
    assert len(function["Layers"]) == 1
    assert function["Architectures"] == layer["CompatibleArchitectures"]
    assert (url["InvokeMode"], url["AuthType"]) == ("RESPONSE_STREAM", "AWS_IAM")
    methods = [one["Integration"] for one in by_type.get("AWS::ApiGateway::Method", [])]
    [integration] = methods + _list_in_body(*by_type["AWS::ApiGateway::RestApi"])
    found = {name[0].lower() + name[1:]: integration[name] for name in integration}
    assert found["responseTransferMode"] == "STREAM"
    assert found["timeoutInMillis"] == 60_000
    assert STREAMING_URI in json.dumps(found["uri"])
    assert "/response-streaming-invocations" in json.dumps(found["uri"])
    [permission] = by_type["AWS::Lambda::Permission"]
    assert permission["Principal"] == "apigateway.amazonaws.com"


def _list_in_body(api: dict[str, Any]) -> list[dict[str, Any]]:
    paths = api.get("Body", {}).get("paths", {}).values()
    key = "x-amazon-apigateway-integration"
    return [method[key] for path in paths for method in path.values() if key in method]


async def check_both_stream(*urls: str) -> None:
    """Check that each gives the first chunk before main.app can make the second."""
    async with serve_gate() as gate, httpx.AsyncClient(timeout=60, trust_env=False) as http:
        for url in urls:
            async with http.stream("GET", url, params={"gate": gate.port}) as response:
                chunks = response.aiter_raw()
                assert (response.status_code, await anext(chunks)) == (201, b"first\n"), url
                await gate.open()  # only now can the handler make the second chunk
                assert b"".join([chunk async for chunk in chunks]) == b"second\n"
