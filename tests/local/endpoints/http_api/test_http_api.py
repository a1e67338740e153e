"""HTTP APIs: routes, events, responses, CORS, access, and what tools ask."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from streambda.local import AuthMode, EndpointKind, EndpointOptions, Faults, Limits, LocalCloud
from streambda.local.auth.jwks import KeySet
from tests.local.conftest import LogLines
from tests.local.endpoints.management.conftest import Client
from tests.support.signing import signed as sign

RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"
FOREVER = 4_000_000_000  # seconds since 1970
CODE = """
import base64, json, time
ANSWERS = {
    "object": {"hello": "world"},
    "text": "hi",
    "none": None,
    "cookies": {
        "statusCode": 201,
        "cookies": ["a=1", "b=2"],
        "headers": {"x-one": "1", "access-control-allow-origin": "mine"},
        "body": base64.b64encode(bytes([255, 0])).decode(),
        "isBase64Encoded": True,
    },
    "odd": {"statusCode": "many"},
    "half": {"statusCode": 200, "headers": {"x-a": "\\ud800"}},
}
def handler(event, context):
    do = (event.get("queryStringParameters") or {}).get("do")
    if do == "fail":
        raise ValueError("no")
    if do == "slow":
        time.sleep(2)
    return ANSWERS[do] if do in ANSWERS else {"statusCode": 200, "body": json.dumps(event)}
def decide(event, context):
    who = event["identitySource"]
    if who == ["broken"]:
        return {}
    if who == ["context"]:
        return {"isAuthorized": True, "context": [1]}
    return {"isAuthorized": who == ["me"], "context": {"who": who, "route": event["routeArn"]}}
def policy(event, context):
    effect = "Allow" if event["identitySource"] == "me" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "p", "policyDocument": {"Statement": [statement]}}
"""
FUNCTIONS = {
    name: {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": RUNTIME,
            "Handler": f"index.{handler}",
            "InlineCode": CODE,
            "FunctionName": name,
        },
    }
    for name, handler in (("Echo", "handler"), ("Decide", "decide"), ("Policy", "policy"))
}


def on(path: str, method: str = "GET", **more: Any) -> dict[str, Any]:
    properties = {"ApiId": {"Ref": "Http"}, "Path": path, "Method": method, **more}
    return {"Type": "HttpApi", "Properties": properties}


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def write(folder: Path) -> Path:
    authorizers = {
        "Token": {
            "IdentitySource": "$request.header.Authorization",
            "JwtConfiguration": {"issuer": "https://issuer.example", "audience": ["app"]},
        },
        "Decides": {
            "FunctionArn": arn("Decide"),
            "AuthorizerPayloadFormatVersion": "2.0",
            "EnableSimpleResponses": True,
            "Identity": {"Headers": ["X-Who"]},
        },
        "Policies": {
            "FunctionArn": arn("Policy"),
            "AuthorizerPayloadFormatVersion": "1.0",
            "Identity": {"QueryStrings": ["who"]},
        },
    }
    events = {
        "One": on("/a/{id}"),
        "Literal": on("/a/b"),
        "Greedy": on("/{proxy+}", "ANY"),
        "Posts": on("/a/{proxy+}", "POST"),
        "Old": on("/old/{proxy+}", "ANY", PayloadFormatVersion="1.0"),
        "Late": on("/late", TimeoutInMillis=1000),
        "Token": on("/token", Auth={"Authorizer": "Token", "AuthorizationScopes": ["read"]}),
        "Decides": on("/decides", Auth={"Authorizer": "Decides"}),
        "Policies": on("/policies", Auth={"Authorizer": "Policies"}),
        "Signed": on("/signed", Auth={"Authorizer": "AWS_IAM"}),
    }
    http = {
        "StageName": "v1",
        "StageVariables": {"color": "blue"},
        "CorsConfiguration": {
            "AllowOrigins": ["https://a.example"],
            "AllowMethods": ["GET"],
            "AllowHeaders": ["x-one"],
            "MaxAge": 5,
        },
        "Auth": {"EnableIamAuthorizer": True, "Authorizers": authorizers},
    }
    functions = json.loads(json.dumps(FUNCTIONS))
    functions["Echo"]["Properties"]["Events"] = events
    resources = {
        **functions,
        "Http": {"Type": "AWS::Serverless::HttpApi", "Properties": http},
        # As `aws apigatewayv2 create-api --target` makes one.
        "Quick": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {"Name": "quick", "ProtocolType": "HTTP", "Target": arn("Echo")},
        },
    }
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": resources,
        "Outputs": {
            "Url": {
                "Value": {"Fn::Sub": "https://${Http}.execute-api.us-east-1.amazonaws.com/v1/"}
            },
            "Quick": {"Value": {"Fn::GetAtt": ["Quick", "ApiEndpoint"]}},
        },
    }
    folder.mkdir(exist_ok=True)
    path = folder / "template.json"
    path.write_text(json.dumps(template))
    return path


def serve(
    folder: Path, lines: LogLines | None = None, **options: Any
) -> AbstractAsyncContextManager[LocalCloud]:
    said: LogLines = [] if lines is None else lines
    return LocalCloud(
        write(folder),
        options=EndpointOptions(**options),
        log=lambda name, line: said.append((name, line)),
        concurrency=2,
    )


@pytest.fixture
async def cloud(tmp_path: Path, lines: LogLines) -> AsyncIterator[LocalCloud]:
    async with serve(tmp_path, lines) as running:
        yield running


def urls_of(cloud: LocalCloud) -> tuple[str, str]:
    """Of the stage v1, and of the quick one."""
    http = [one for one in cloud.endpoints if one.kind is EndpointKind.HTTP_API]
    assert [one.streams for one in http] == [False, False]
    found = {one.name.rpartition("/")[2]: one.url for one in http}
    return found["v1"], found["$default"]


async def test_routes_events_and_responses(
    cloud: LocalCloud, http: httpx.AsyncClient, lines: LogLines
) -> None:
    url, quick = urls_of(cloud)

    async def route_of(method: str, path: str) -> tuple[str, dict[str, str] | None]:
        event = (await http.request(method, f"{url}{path}")).json()
        return event["routeKey"], event.get("pathParameters")

    assert await route_of("GET", "a/b") == ("GET /a/b", None)
    assert await route_of("GET", "a/c") == ("GET /a/{id}", {"id": "c"})
    assert await route_of("PUT", "a/c") == ("ANY /{proxy+}", {"proxy": "a/c"})
    assert await route_of("POST", "a/b") == ("POST /a/{proxy+}", {"proxy": "b"})
    assert await route_of("GET", "a/b/") == ("ANY /{proxy+}", {"proxy": "a/b/"})
    assert await route_of("GET", "a/") == ("ANY /{proxy+}", {"proxy": "a/"})
    assert await route_of("POST", "a/") == ("POST /a/{proxy+}", {"proxy": ""})
    assert await route_of("GET", "x%20y/z") == ("ANY /{proxy+}", {"proxy": "x y/z"})
    for path in ("", "/other/stage"):
        missing = await http.get(url.removesuffix("/v1/") + path)
        assert (missing.status_code, missing.text) == (404, '{"message":"Not Found"}')

    sent = [("X-A", "1"), ("x-a", "2"), ("cookie", "c=1; d=2")]
    problem = {"content-type": "application/problem+json"}
    event = (
        await http.put(f"{url}x%20y?q=1&q=2", content="{}", headers=[*sent, *problem.items()])
    ).json()
    assert (event["version"], event["rawPath"]) == ("2.0", "/v1/x y")
    assert event["queryStringParameters"] == {"q": "1,2"}
    assert (event["cookies"], "cookie" in event["headers"]) == (["c=1", "d=2"], False)
    assert (event["headers"]["x-a"], event["headers"]["content-length"]) == ("1,2", "2")
    assert (event["body"], event["isBase64Encoded"]) == ("{}", False)
    assert event["stageVariables"] == {"color": "blue"}
    context = event["requestContext"]
    assert (context["apiId"], context["stage"], context["routeKey"]) == (
        "http",
        "v1",
        "ANY /{proxy+}",
    )
    assert context["http"]["path"] == "/v1/x y"

    event = (await http.get(f"{quick}any/where")).json()
    assert (event["routeKey"], event["rawPath"]) == ("$default", "/any/where")
    assert "stageVariables" not in event

    old = (await http.get(f"{url}old/x%20y?q=1&q=2")).json()
    assert (old["version"], old["resource"], old["path"]) == ("1.0", "/old/{proxy+}", "/v1/old/x y")
    assert old["pathParameters"] == {"proxy": "x y"}
    assert old["multiValueQueryStringParameters"] == {"q": ["1", "2"]}

    expected = {
        "x?do=object": (200, b'{"hello": "world"}'),
        "x?do=text": (200, b'"hi"'),
        "x?do=none": (200, b"null"),
        "x?do=cookies": (201, b"\xff\0"),
        "x?do=half": (500, b'{"message":"Internal Server Error"}'),
        "x?do=fail": (500, b'{"message":"Internal Server Error"}'),
        "old/x?do=object": (500, b'{"message":"Internal Server Error"}'),
        "late?do=slow": (503, b'{"message":"Service Unavailable"}'),
    }
    for path, (status, body) in expected.items():
        reply = await http.get(url + path)
        assert (path, reply.status_code, reply.content) == (path, status, body)
        assert reply.headers["apigw-requestid"]
        if "cookies" in path:
            assert reply.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert ("Echo", "HTTP API answers 500: the response has no statusCode") in lines


async def test_cors_is_the_apis_own(cloud: LocalCloud, http: httpx.AsyncClient) -> None:
    url, _ = urls_of(cloud)
    asked = {"origin": "https://a.example", "access-control-request-method": "GET"}

    preflight = await http.options(f"{url}signed", headers=asked)
    other = await http.options(f"{url}x", headers={**asked, "origin": "https://b.example"})
    reply = await http.get(f"{url}x?do=cookies", headers={"origin": "https://a.example"})

    assert (preflight.status_code, preflight.content) == (204, b"")
    found = {name: preflight.headers.get(f"access-control-{name}") for name in CORS}
    assert found == CORS
    assert "access-control-allow-origin" not in other.headers
    # What the function says of origins does not count.
    assert reply.headers.get_list("access-control-allow-origin") == ["https://a.example"]


CORS = {
    "allow-origin": "https://a.example",
    "allow-methods": "GET",
    "allow-headers": "x-one",
    "max-age": "5",
}


async def test_what_is_too_large_or_not_there_is_named(
    tmp_path: Path, http: httpx.AsyncClient, lines: LogLines
) -> None:
    async with serve(tmp_path, lines, limits=Limits(rest_request=100)) as cloud:
        url, _ = urls_of(cloud)
        large = await http.post(f"{url}x", content=bytes(101))
        notes = [one.reason for one in cloud.unsupported if one.name == "quick"]

    assert (large.status_code, large.json()) == (413, {"message": "Request Entity Too Large"})
    assert any("refuses POST /v1/x: 413" in line for _, line in lines)
    assert notes == []  # a function that cannot stream anyway


async def test_who_may_call(tmp_path: Path, http: httpx.AsyncClient, lines: LogLines) -> None:
    async with serve(tmp_path, lines, auth=AuthMode.ENFORCE) as cloud:
        url, _ = urls_of(cloud)
        statuses = {
            "signed": (await http.get(f"{url}signed")).status_code,
            "token": (await http.get(f"{url}token", headers={"authorization": "x"})).status_code,
            "nobody": (await http.get(f"{url}decides")).status_code,
            "other": (await http.get(f"{url}decides", headers={"x-who": "you"})).status_code,
            "broken": (await http.get(f"{url}decides", headers={"x-who": "broken"})).status_code,
            "context": (await http.get(f"{url}decides", headers={"x-who": "context"})).status_code,
            "denied": (await http.get(f"{url}policies?who=you")).status_code,
        }
        simple = (await http.get(f"{url}decides", headers={"x-who": "me"})).json()
        allowed = await http.get(f"{url}policies?who=me")
        request = sign(f"{url}signed", service="execute-api", key="local", secret="local")
        headers = list(request.headers)
        signed = (await http.get(f"{url}signed", headers=headers)).json()
        cloud.faults["http-api"] = Faults(throttle=1)
        throttled = await http.get(f"{url}x")

    assert statuses == {
        "signed": 403,
        "token": 401,
        "nobody": 401,
        "other": 403,
        "broken": 500,
        "context": 500,
        "denied": 403,
    }
    assert (throttled.status_code, throttled.json()) == (429, {"message": "Too Many Requests"})
    reasons = ("is not an object with isAuthorized", "its context is [1], expected an object")
    assert all(any(one in line for _, line in lines) for one in reasons)
    context = simple["requestContext"]["authorizer"]["lambda"]
    assert context["who"] == ["me"]
    assert context["route"].endswith(":http/v1/GET/v1/decides")
    assert allowed.status_code == 200
    assert signed["requestContext"]["authorizer"]["iam"]["accessKey"] == "local"


CLAIMS: dict[str, dict[str, Any]] = {
    "right": {},
    "client": {"aud": None, "client_id": "app"},
    "issuer": {"iss": "https://other.example"},
    "audience": {"aud": "other", "client_id": "app"},
    "scope": {"scope": "write"},
    "expired": {"exp": 1},
}


async def test_a_token_is_checked_for_signature_issuer_audience_and_scope(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    key = RSAKey.generate_key(2048, {"kid": "one"})
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    right = {"iss": "https://issuer.example", "aud": ["app"], "scope": "read", "sub": "me"}
    tokens = {
        name: jwt.encode({"alg": "RS256", "kid": "one"}, {"exp": FOREVER, **right, **changed}, key)
        for name, changed in CLAIMS.items()
    }
    folder = tmp_path / "app"
    options: dict[str, Any] = {"auth": AuthMode.ENFORCE, "jwks": KeySet.read(jwks)}
    async with serve(folder, **options) as cloud:
        url, _ = urls_of(cloud)
        replies = {
            name: await http.get(f"{url}token", headers={"authorization": f"Bearer {token}"})
            for name, token in tokens.items()
        }

    assert {name: reply.status_code for name, reply in replies.items()} == {
        "right": 200,
        "client": 200,
        "issuer": 401,
        "audience": 401,
        "scope": 403,
        "expired": 401,
    }
    said = replies["right"].json()["requestContext"]["authorizer"]["jwt"]
    assert (said["claims"]["sub"], said["scopes"]) == ("me", ["read"])


async def test_tools_find_its_address(cloud: LocalCloud) -> None:
    url, quick = urls_of(cloud)
    apis = Client("apigatewayv2", cloud.lambda_url)
    stacks = Client("cloudformation", cloud.lambda_url)

    found = {one["Name"]: one for one in (await apis.call("get_apis"))["Items"]}
    stages = await apis.call("get_stages", ApiId="http")
    routes = await apis.call("get_routes", ApiId="http")
    outputs = (await stacks.call("describe_stacks"))["Stacks"][0]["Outputs"]

    assert found["quick"]["ApiEndpoint"] == quick.removesuffix("/")
    assert (await apis.call("get_api", ApiId="quick"))["Name"] == "quick"
    assert stages["Items"][0]["Tags"] == {"streambda:url": url}
    assert "GET /a/{id}" in [one["RouteKey"] for one in routes["Items"]]
    assert {one["OutputKey"]: one["OutputValue"] for one in outputs} == {
        "Url": url,
        "Quick": quick.removesuffix("/"),
    }
