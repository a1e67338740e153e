"""CORS: the preflight of a function URL, of a REST API, and what their other answers carry."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import AuthMode, EndpointKind, EndpointOptions, LocalCloud
from streambda.local.endpoints.function_url.cors import make_response_headers
from streambda.local.model.functions import Cors
from tests.local.conftest import LogLines
from tests.support.endpoint_clouds import ROOT, api, of_api, running, url_of
from tests.support.local_assembly import function, method, resource, url
from tests.support.signing import empty_request

PAGE = "https://page.example"
OTHER = "https://other.example"

CORS = {
    "AllowCredentials": True,
    "AllowHeaders": ["content-type", "x-mine"],
    "AllowMethods": ["GET", "POST"],
    "AllowOrigins": [PAGE],
    "ExposeHeaders": ["x-a"],
    "MaxAge": 60,
}

# As `default_cors_preflight_options` with two origins has it in a template.
TEMPLATE = (
    '#set($origin = $input.params().header.get("Origin"))\n'
    '#if($origin == "") #set($origin = $input.params().header.get("origin")) #end\n'
    f'#if($origin.matches("{PAGE}") || $origin.matches("{OTHER}"))\n'
    "  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)\n#end"
)

MOCK = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": "{ statusCode: 204 }"},
    "IntegrationResponses": [
        {
            "StatusCode": "204",
            "ResponseParameters": {
                "method.response.header.Access-Control-Allow-Headers": "'Content-Type'",
                "method.response.header.Access-Control-Allow-Origin": f"'{PAGE}'",
                "method.response.header.Vary": "'Origin'",
            },
            "ResponseTemplates": {"application/json": TEMPLATE},
        }
    ],
}


def resources() -> dict[str, Any]:
    with_cors = url("Words")
    with_cors["Properties"] |= {"AuthType": "AWS_IAM", "Cors": CORS}
    for_all = url("Words")
    for_all["Properties"]["Cors"] = {"AllowMethods": ["*"], "AllowOrigins": ["*"]}
    return {
        "Words": function(FunctionName="Words"),
        "Url": with_cors,
        "Open": for_all,
        **api("Words", AuthorizationType="AWS_IAM"),
        "Crossed": resource(ROOT, "crossed"),
        "CrossedOptions": method("Crossed", "OPTIONS", MOCK),
        "Denied": of_api(
            "GatewayResponse",
            ResponseType="MISSING_AUTHENTICATION_TOKEN",
            StatusCode="418",
            ResponseParameters={
                "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
                "gatewayresponse.header.Content-Type": "'text/plain'",
                "gatewayresponse.header.X-Path": "method.request.path.x",
            },
            ResponseTemplates={
                "application/json": "$context.error.messageString, $context.error.message, "
                "$context.error.responseType"
            },
        ),
        "Elsewhere": of_api("GatewayResponse", ResponseType="DEFAULT_4XX")
        | {"Properties": {"RestApiId": "another", "ResponseType": "DEFAULT_4XX"}},
        "Others": of_api(
            "GatewayResponse",
            ResponseType="DEFAULT_4XX",
            ResponseParameters={"gatewayresponse.header.X-Default": "'yes'"},
        ),
    }


@pytest.fixture
async def crossed(tmp_path: Path, lines: LogLines) -> AsyncIterator[LocalCloud]:
    options = EndpointOptions(auth=AuthMode.ENFORCE)
    async with running(tmp_path, resources(), options, lines) as cloud:
        yield cloud


@pytest.fixture
def closed_url(crossed: LocalCloud) -> str:
    return url_of(crossed, EndpointKind.FUNCTION_URL)


@pytest.fixture
def open_url(crossed: LocalCloud) -> str:
    return [
        endpoint.url for endpoint in crossed.endpoints if endpoint.kind is EndpointKind.FUNCTION_URL
    ][1]


def ask(origin: str = PAGE, method: str = "POST") -> dict[str, str]:
    return {"origin": origin, "access-control-request-method": method}


async def test_url_answers_its_preflight_without_signature_or_function(
    closed_url: str, http: httpx.AsyncClient, lines: LogLines
) -> None:
    reply = await http.options(f"{closed_url}words", headers=ask())

    assert (reply.status_code, reply.content, lines) == (200, b"", [])
    given = {k: v for k, v in reply.headers.items() if k.startswith("access-control-")}
    assert given == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-credentials": "true",
        "access-control-allow-headers": "content-type,x-mine",
        "access-control-allow-methods": "GET,POST",
        "access-control-max-age": "60",
    }
    assert reply.headers["vary"] == "Origin"


@pytest.mark.parametrize("headers", [ask(origin=OTHER), ask(method="DELETE")])
async def test_preflight_of_a_stranger_allows_nothing(
    headers: dict[str, str], closed_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.options(f"{closed_url}words", headers=headers)

    assert reply.status_code == 200
    assert not any(name.startswith("access-control-") for name in reply.headers)


async def test_options_that_are_no_preflight_go_to_the_function(
    open_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.options(f"{open_url}words", headers={"origin": PAGE})

    assert (reply.status_code, reply.content) == (201, b"one two")


async def test_answers_of_the_function_carry_the_configured_headers(
    open_url: str, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{open_url}words", headers={"origin": OTHER})
    none = await http.get(f"{open_url}words")

    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["content-type"] == "text/plain"
    assert "access-control-allow-origin" not in none.headers


async def test_preflight_for_everybody(open_url: str, http: httpx.AsyncClient) -> None:
    reply = await http.options(f"{open_url}words", headers=ask(OTHER, "PATCH"))

    given = {k: v for k, v in reply.headers.items() if k.startswith("access-control-")}
    assert given == {"access-control-allow-origin": "*", "access-control-allow-methods": "*"}


def test_headers_that_the_page_may_see() -> None:
    call = replace(empty_request(), headers=(("origin", PAGE),))
    cors = Cors(allow_origins=("*",), allow_credentials=True, expose_headers=("x-a", "x-b"))

    assert make_response_headers(cors, call) == [
        ("access-control-allow-origin", PAGE),
        ("vary", "Origin"),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "x-a,x-b"),
    ]


async def test_rest_preflight_is_the_templates_own(
    crossed: LocalCloud, http: httpx.AsyncClient
) -> None:
    address = f"{url_of(crossed, EndpointKind.REST_API)}crossed"
    replies = [
        await http.options(address, headers=ask(origin))
        for origin in (PAGE, OTHER, "https://no.example")
    ]

    assert [reply.status_code for reply in replies] == [204, 204, 204]
    allowed = [reply.headers["access-control-allow-origin"] for reply in replies]
    assert allowed == [PAGE, OTHER, PAGE]
    assert [reply.headers["vary"] for reply in replies] == ["Origin"] * 3
    assert replies[0].headers["access-control-allow-headers"] == "Content-Type"


async def test_gateway_response_rewords_an_error(
    crossed: LocalCloud, http: httpx.AsyncClient
) -> None:
    reply = await http.get(f"{url_of(crossed, EndpointKind.REST_API)}words")

    assert reply.status_code == 418
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["content-type"] == "text/plain"
    assert "x-path" not in reply.headers
    assert reply.text == (
        '"Missing Authentication Token", Missing Authentication Token, MISSING_AUTHENTICATION_TOKEN'
    )


async def test_default_gateway_response_stands_in(
    crossed: LocalCloud, http: httpx.AsyncClient
) -> None:
    headers = {"authorization": "Bearer abc"}
    reply = await http.get(f"{url_of(crossed, EndpointKind.REST_API)}words", headers=headers)

    assert (reply.status_code, reply.headers["x-default"]) == (403, "yes")
    assert "not a valid key=value pair" in reply.json()["message"]
