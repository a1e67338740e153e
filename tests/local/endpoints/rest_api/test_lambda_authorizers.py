"""Lambda authorizers: invoked once, cached for a while, and refusing as API Gateway refuses."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import AuthMode, EndpointKind, EndpointOptions, LocalCloud
from streambda.local.endpoints.rest_api.event import RestTarget
from streambda.local.endpoints.rest_api.gateway_errors import GatewayError, GatewayRefusal
from streambda.local.endpoints.rest_api.lambda_authorizer import LambdaAuthorizer, read_decision
from streambda.local.http.buffered_response import BufferedResponse
from streambda.local.invocation.failures import Failure
from streambda.local.model.rest_api_access import Authorizer
from tests.local.conftest import LogLines
from tests.support.endpoint_clouds import api, of_api, running, small_function, url_of
from tests.support.local_assembly import function, integration
from tests.support.signing import empty_request

ENFORCE = EndpointOptions(auth=AuthMode.ENFORCE)
BUFFERED_URI = "2015-03-31/functions/{arn}/invocations"


def resources(target: str = "Asked", **authorizer: Any) -> dict[str, Any]:
    authorizer.setdefault("Type", "TOKEN")
    authorizer.setdefault("IdentitySource", "method.request.header.Authorization")
    uri = integration(target, BUFFERED_URI, "BUFFERED")["Uri"]
    return {
        "Words": function(FunctionName="Words"),
        # One process, which counts its calls, also where it is slow to ask for the next.
        "Asked": small_function("authorizer", ReservedConcurrentExecutions=1),
        "Authorizer": of_api("Authorizer", Name="mine", AuthorizerUri=uri, **authorizer),
        **api("Words", AuthorizationType="CUSTOM", AuthorizerId={"Ref": "Authorizer"}),
    }


@dataclass
class Asking:
    http: httpx.AsyncClient
    base: str

    async def get(self, path: str = "echo", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(f"{self.base}{path}", headers=named)

    async def context(self, path: str = "echo", **headers: str) -> dict[str, Any]:
        reply = await self.get(path, **headers)
        found: dict[str, Any] = reply.json()["event"]["requestContext"]["authorizer"]
        return found


def asking(cloud: LocalCloud, http: httpx.AsyncClient) -> Asking:
    return Asking(http, url_of(cloud, EndpointKind.REST_API))


@pytest.fixture
async def token(tmp_path: Path, http: httpx.AsyncClient) -> AsyncIterator[Asking]:
    definitions = resources(IdentityValidationExpression="[A-Za-z-]+")
    async with running(tmp_path, definitions, ENFORCE) as cloud:
        yield asking(cloud, http)


@pytest.mark.slow
async def test_context_reaches_the_function_as_text(token: Asking) -> None:
    context = await token.context(authorization="allow")

    assert context == {"principalId": "me", "asked": "1", "vip": "true", "type": "TOKEN"}


@pytest.mark.slow
async def test_a_decision_is_cached_for_its_token_and_evaluated_again(token: Asking) -> None:
    asked = [(await token.context(authorization="allow"))["asked"] for _ in range(2)]
    other = (await token.context(authorization="another"))["asked"]
    # What is kept is the policy, and that allows one path alone.
    elsewhere = await token.get("a/echo", authorization="allow")

    assert (asked, other) == (["1", "1"], "2")
    assert elsewhere.status_code == 403


REFUSALS: list[tuple[str | None, int, dict[str, Any], str]] = [
    (None, 401, {"message": "Unauthorized"}, "UnauthorizedException"),
    ("not valid!", 401, {"message": "Unauthorized"}, "UnauthorizedException"),
    ("Unauthorized", 401, {"message": "Unauthorized"}, "UnauthorizedException"),
    (
        "deny",
        403,
        {"Message": "User is not authorized to access this resource with an explicit deny"},
        "AccessDeniedException",
    ),
    (
        "elsewhere",
        403,
        {"Message": "User is not authorized to access this resource"},
        "AccessDeniedException",
    ),
    ("boom", 500, {"message": None}, "AuthorizerFailureException"),
    ("nested", 500, {"message": None}, "AuthorizerConfigurationException"),
    ("no-policy", 500, {"message": None}, "AuthorizerConfigurationException"),
    ("odd-policy", 500, {"message": None}, "AuthorizerConfigurationException"),
    ("list", 500, {"message": None}, "AuthorizerConfigurationException"),
]


@pytest.mark.slow
async def test_refusals(token: Asking) -> None:
    for wish, status, body, exception in REFUSALS:
        reply = await token.get(**({"authorization": wish} if wish else {}))

        assert (reply.status_code, reply.json()) == (status, body), wish
        assert reply.headers["x-amzn-errortype"] == exception, wish

    assert (await token.get("words", authorization="allow")).content == b"one two"


async def test_authorizer_without_an_environment_left(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    definitions = resources()
    definitions["Asked"] = small_function("authorizer")
    async with running(tmp_path, definitions, ENFORCE, concurrency=0) as cloud:
        reply = await asking(cloud, http).get(authorization="allow")

    assert (reply.status_code, reply.json()) == (500, {"message": None})
    assert reply.headers["x-amzn-errortype"] == "AuthorizerFailureException"


async def test_request_authorizer_gets_the_request(tmp_path: Path, http: httpx.AsyncClient) -> None:
    definitions = resources(
        Type="REQUEST",
        IdentitySource="method.request.header.X-Say, method.request.querystring.q",
        AuthorizerResultTtlInSeconds=0,
    )
    async with running(tmp_path, definitions, ENFORCE) as cloud:
        endpoint = asking(cloud, http)

        asked = [(await endpoint.context("echo?q=1", x_say="allow"))["asked"] for _ in range(2)]

        assert asked == ["1", "2"]
        assert (await endpoint.context("echo?q=1", x_say="allow"))["type"] == "REQUEST"
        assert (await endpoint.get("echo", x_say="allow")).status_code == 401
        assert (await endpoint.get("echo?q=1", x_say="deny")).status_code == 403


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("context.httpMethod", 200),
        ("method.request.context.identity.sourceIp", 200),
        ("method.request.context.nothing", 401),
        ("stageVariables.none", 401),
        ("method.request.body.x", 401),
    ],
)
async def test_other_identity_sources(
    source: str, status: int, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    definitions = resources(Type="REQUEST", IdentitySource=source)
    async with running(tmp_path, definitions, ENFORCE) as cloud:
        assert (await asking(cloud, http).get(x_say="allow")).status_code == status


async def test_authorizer_that_is_not_here(tmp_path: Path, http: httpx.AsyncClient) -> None:
    definitions = resources()
    definitions["Authorizer"]["Properties"]["AuthorizerUri"] = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:123456789012:function:Gone/invocations"
    )
    async with running(tmp_path, definitions, ENFORCE) as cloud:
        reply = await asking(cloud, http).get(authorization="allow")

    assert (reply.status_code, reply.json()) == (500, {"message": None})


@pytest.mark.parametrize("missing", ["AuthorizerUri", "Authorizer"])
async def test_method_whose_authorizer_is_incomplete(
    missing: str, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    definitions = resources()
    if missing == "Authorizer":
        del definitions["Authorizer"]
    else:
        del definitions["Authorizer"]["Properties"][missing]
    async with running(tmp_path, definitions, ENFORCE) as cloud:
        reply = await asking(cloud, http).get(authorization="allow")

    assert reply.headers["x-amzn-errortype"] == "AuthorizerConfigurationException"


@pytest.mark.slow
async def test_a_request_that_would_be_refused_is_accepted_with_a_warning(
    tmp_path: Path, http: httpx.AsyncClient, lines: LogLines
) -> None:
    async with running(tmp_path, resources(), lines=lines) as cloud:
        endpoint = asking(cloud, http)
        replies = [await endpoint.get("words"), await endpoint.get("words", authorization="deny")]
        broken = await endpoint.get("words", authorization="boom")
        context = await endpoint.context(authorization="allow")

    assert [reply.content for reply in replies] == [b"one two", b"one two"]
    assert broken.status_code == 500
    assert context["principalId"] == "me"
    [warning] = [line for _, line in lines if "AWS would refuse" in line]
    assert warning == (
        "rest-api accepts a request that AWS would refuse: 401 Unauthorized "
        "(only the first one is logged; --auth enforce refuses them)"
    )


async def test_a_cached_decision_expires() -> None:
    now = 1000.0
    asked: list[str] = []

    async def invoke(reference: str, event: bytes, trace_id: str) -> BufferedResponse:
        asked.append(reference)
        statement = {"Action": "*", "Effect": "Allow", "Resource": "*"}
        answer = {"principalId": "me", "policyDocument": {"Statement": statement}}
        return BufferedResponse("application/json", json.dumps(answer).encode(), None)

    definition = Authorizer(
        id="A",
        kind="TOKEN",
        function_name="Asked",
        identity_sources=("method.request.header.Authorization",),
        ttl_s=60,
    )
    authorizer = LambdaAuthorizer(definition, invoke, lambda: now)
    call = replace(empty_request(), headers=(("authorization", "x"),))
    for moment, count in ((1000.0, 1), (1059.9, 1), (1060.0, 2)):
        now = moment
        await authorizer.admit(call, TARGET)

        assert len(asked) == count


@pytest.mark.parametrize("details", [None, "not JSON", "[]", '{"errorType": "x"}'])
def test_function_that_fails_without_words(details: str | None) -> None:
    failure = Failure(code="Unhandled", details=details)

    with pytest.raises(GatewayRefusal) as caught:
        read_decision(BufferedResponse("", b"", failure), until_s=0)
    assert caught.value.error is GatewayError.AUTHORIZER_FAILURE


TARGET = RestTarget(
    api_id="api",
    stage="prod",
    stage_variables={},
    resource_id="r",
    resource_path="/{proxy+}",
    path="/words",
    path_parameters={},
)
