"""A public guide to streaming through API Gateway, line by line.

Its YAML runs as published: integration, role, CORS, throttling, tracing, access log, authorization
and three formats. Each line of its checklists and of its troubleshooting is a template that fails
as on AWS, and one that is mended.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from streambda.local import AccessKey, AuthMode, EndpointOptions, Limits, LocalCloud
from tests.support.gate import serve_gate
from tests.support.gateway_guide import AUTH, CORS, INTEGRATION, THROTTLING, Guide, make_template
from tests.support.no_tls import NO_TLS
from tests.support.sam_templates import gaps, read
from tests.support.signing import signed


@pytest.fixture
async def guide(tmp_path: Path) -> AsyncIterator[Guide]:
    async with serve_gate() as gate:
        yield Guide(tmp_path, gate)


FORMATS = {
    "sse": ("text/event-stream", b'data: {"id": 1}\n\n', b'data: {"id": 2}\n\n'),
    "jsonl": ("application/x-ndjson", b'{"id": 1}\n', b'{"id": 2}\n'),
    "text": ("text/plain", b'{"id": 1}\n', b'{"id": 2}\n'),
}


async def test_as_published_three_formats_arrive_chunk_by_chunk(guide: Guide) -> None:
    async with guide.serve(CORS + THROTTLING) as client:
        for name, (content_type, first, second) in FORMATS.items():
            async with client.stream("GET", "stream", params={"format": name}) as reply:
                chunks = reply.aiter_raw()
                assert await anext(chunks) == first
                await guide.gate.open()
                assert await anext(chunks) == second
            assert reply.headers["content-type"].startswith(content_type)
            assert reply.headers["cache-control"] == "no-cache"
            assert reply.headers["x-accel-buffering"] == "no"


def test_as_published_nothing_is_wrong_with_it(guide: Guide) -> None:
    found = read(guide.write(make_template(CORS + THROTTLING + AUTH)))

    assert gaps(found) == []
    [route] = [one for one in found.rest_apis[0].routes if one.method == "GET"]
    assert str(route.auth.kind) == "AWS_IAM"


# What is not as in the checklist: (old, new) in the template, and what is said at the start.
WRONG_TEMPLATES = {
    "another role's name": (
        ("!GetAtt StreamingApiRole", "!GetAtt ApiGatewayRole"),
        "Unresolved resource dependencies [ApiGatewayRole] in the Resources block",
    ),
    "a role without the permission": (
        ("- lambda:InvokeFunction\n", "- lambda:GetFunction\n"),
        "the role StreamingApiRole does not allow lambda:InvokeFunction of the function",
    ),
    "a role for another function": (
        ("Resource: !GetAtt StreamingFunction.Arn", "Resource: !GetAtt Authorizer.Arn"),
        "the role StreamingApiRole does not allow lambda:InvokeFunction of the function",
    ),
    "a role that API Gateway may not take": (
        ("Service: apigateway.amazonaws.com", "Service: lambda.amazonaws.com"),
        "the role StreamingApiRole does not trust apigateway.amazonaws.com",
    ),
    "no credentials": (
        ("credentials: !GetAtt StreamingApiRole.Arn", ""),
        "API Gateway may not invoke the function, expected AWS::Lambda::Permission, or a role",
    ),
}


@pytest.mark.parametrize("case", WRONG_TEMPLATES)
def test_a_line_of_the_checklist_that_the_start_names(case: str, guide: Guide) -> None:
    (old, new), reason = WRONG_TEMPLATES[case]
    template = make_template()
    assert old in template

    found = read(guide.write(template.replace(old, new)))

    assert any(reason in why for _, why in gaps(found)), gaps(found)
    assert gaps(read(guide.write(template))) == []


def test_a_permission_in_place_of_a_role(guide: Guide) -> None:
    permission = """
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref StreamingFunction
      Principal: apigateway.amazonaws.com
"""
    template = make_template().replace("credentials: !GetAtt StreamingApiRole.Arn", "")

    assert gaps(read(guide.write(template + permission))) == []


def test_an_http_api_cannot_stream(guide: Guide) -> None:
    api = "\n  Http:\n    Type: AWS::Serverless::HttpApi\n    Properties: {StageName: prod}\n"

    found = read(guide.write(make_template() + api))

    [reason] = [one.reason for one in found.unsupported if one.type == "AWS::ApiGatewayV2::Api"]
    assert reason.endswith("or invoke its functions. On AWS it cannot stream")


MANAGED = f"python{sys.version_info[0]}.{sys.version_info[1]}"
STREAM_MODE = "responseTransferMode: STREAM  # Required"
STREAM_PATH = "2021-11-15/functions/${StreamingFunction.Arn}/response-streaming-invocations"
BUFFERED_PATH = "2015-03-31/functions/${StreamingFunction.Arn}/invocations"


@pytest.mark.parametrize(
    ("integration", "handler", "status", "line"),
    [
        (INTEGRATION.replace(STREAM_MODE, ""), "app.handler", 500, "goes with …/response-stream"),
        (INTEGRATION.replace(STREAM_PATH, BUFFERED_PATH), "app.handler", 500, "BUFFERED with"),
        # Buffered in all: the whole response at once, which a streaming function's is not.
        (
            INTEGRATION.replace(STREAM_MODE, "").replace(STREAM_PATH, BUFFERED_PATH),
            "app.whole",
            200,
            "",
        ),
        # A runtime that does not stream: it writes no metadata, and no delimiter.
        (INTEGRATION, f"app.whole, Runtime: {MANAGED}", 502, ""),
    ],
)
async def test_an_integration_that_does_not_stream(
    integration: str, handler: str, status: int, line: str, guide: Guide
) -> None:
    async with guide.serve(integration=integration, handler=handler) as client:
        reply = await client.get("stream")

    assert reply.status_code == status
    assert any(line in one for one in guide.lines)


async def test_cors(guide: Guide) -> None:
    preflight = {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"}

    async with guide.serve() as client:
        assert (await client.options("stream", headers=preflight)).status_code == 403
    async with guide.serve(CORS) as client:
        reply = await client.options("stream", headers=preflight)

    assert reply.status_code == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["access-control-allow-methods"] == "GET,POST,OPTIONS"
    assert reply.headers["access-control-allow-headers"] == "*"


async def test_throttling(guide: Guide) -> None:
    tight = THROTTLING.replace("100", "1").replace("50", "0.001")

    async with guide.serve(tight, handler="app.whole") as client:
        replies = [await client.get("stream") for _ in range(2)]
    assert [one.status_code for one in replies] == [200, 429]
    assert replies[1].json() == {"message": "Too Many Requests"}

    off = EndpointOptions(limits=Limits(usage_plans=None))
    async with guide.serve(tight, handler="app.whole", options=off) as client:
        assert [(await client.get("stream")).status_code for _ in range(2)] == [200, 200]


KEY = AccessKey.parse("ID:SECRET")


async def test_authorization_with_iam(guide: Guide) -> None:
    options = EndpointOptions(auth=AuthMode.ENFORCE, keys=(KEY,))

    async with guide.serve(AUTH, handler="app.whole", options=options) as client:
        unsigned = await client.get("stream")
        url = f"{client.base_url}stream"
        headers = signed(url, service="execute-api", key=KEY.id, secret=KEY.secret).headers
        reply = await client.get("stream", headers=dict(headers))

    assert (unsigned.status_code, unsigned.json()) == (
        403,
        {"message": "Missing Authentication Token"},
    )
    assert (reply.status_code, reply.text) == (200, "whole")


async def test_authorization_with_a_lambda_authorizer(guide: Guide) -> None:
    auth = """
      Auth:
        DefaultAuthorizer: Mine
        Authorizers: {Mine: {FunctionArn: !GetAtt Authorizer.Arn}}
"""
    options = EndpointOptions(auth=AuthMode.ENFORCE)

    async with guide.serve(auth, handler="app.whole", options=options) as client:
        statuses = [
            (await client.get("stream", headers=headers)).status_code
            for headers in ({}, {"Authorization": "bad"}, {"Authorization": "good"})
        ]

    assert statuses == [401, 403, 200]


async def test_authorization_with_an_api_key(guide: Guide) -> None:
    auth = "\n      Auth: {ApiKeyRequired: true, UsagePlan: {CreateUsagePlan: PER_API}}\n"
    options = EndpointOptions(auth=AuthMode.ENFORCE)

    async with guide.serve(auth, handler="app.whole", options=options) as client:
        without = await client.get("stream")
        with_key = await client.get("stream", headers={"x-api-key": "StreamingApiApiKey"})

    assert (without.status_code, with_key.status_code) == (403, 200)


def test_authorization_with_cognito(guide: Guide) -> None:
    auth = """
      Auth:
        DefaultAuthorizer: Pool
        Authorizers: {Pool: {UserPoolArn: "arn:aws:cognito-idp:us-east-1:123456789012:userpool/a"}}
"""
    found = read(guide.write(make_template(auth)))

    [route] = [one for one in found.rest_apis[0].routes if one.method == "GET"]
    assert str(route.auth.kind) == "COGNITO_USER_POOLS"
    assert route.auth.authorizer is not None


async def test_timeouts(guide: Guide) -> None:
    """Too low at API Gateway, before the first chunk, and too low at Lambda, after it."""
    short = INTEGRATION.replace("30000", "300")
    async with guide.serve(integration=short, handler="app.silent") as client:
        reply = await client.get("stream")
        await guide.gate.open()
    assert (reply.status_code, reply.json()) == (504, {"message": "Endpoint request timed out"})

    path = guide.write(make_template(gate=guide.gate.port).replace("Timeout: 20", "Timeout: 2"))
    lines: list[str] = []
    async with (
        LocalCloud(path, log=lambda _, line: lines.append(line)) as cloud,
        httpx.AsyncClient(timeout=30, trust_env=False, verify=NO_TLS) as client,
        client.stream("GET", f"{cloud.rest_api()}stream") as stream,
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            await stream.aread()
    assert any("Task timed out after 2.00 seconds" in line for line in lines)


async def test_with_curl_and_without_its_option(guide: Guide) -> None:
    """`-N` makes curl print at once; the bytes come at once in any case."""
    async with guide.serve() as client:
        process = await asyncio.create_subprocess_exec(
            "curl", "-sN", f"{client.base_url}stream", stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        async with asyncio.timeout(30):
            first = await process.stdout.readline()
            await guide.gate.open()
            rest = await process.stdout.read()
            await process.wait()

    assert json.loads(first.removeprefix(b"data: ")) == {"id": 1}
    assert b'data: {"id": 2}' in rest
