"""`cors=` of a function is what its URL, its REST APIs and its runtime have."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_lambda as lambda_

from streambda.cdk import StreamingRestApi
from tests.cdk.conftest import MakeFunction
from tests.support.templates import Template, only, resources, template_of

SITE = "https://example.com"
CORS = lambda_.FunctionUrlCorsOptions(
    allowed_origins=[SITE],
    allowed_methods=[lambda_.HttpMethod.POST],
    allowed_headers=["x-asked"],
    exposed_headers=["x-id"],
    allow_credentials=True,
    max_age=cdk.Duration.minutes(5),
)


def variable_of(template: Template) -> Any:
    properties = only(template, "AWS::Lambda::Function")
    return json.loads(properties["Environment"]["Variables"]["STREAMBDA_CORS"])


def options_of(template: Template) -> list[dict[str, Any]]:
    methods = resources(template, "AWS::ApiGateway::Method").values()
    return [it for it in methods if it["HttpMethod"] == "OPTIONS"]


def preflights_of(template: Template) -> list[dict[str, str]]:
    """Of each OPTIONS method, its headers without their prefixes."""
    return [
        {
            name.removeprefix("method.response.header.Access-Control-"): value.strip("'")
            for name, value in method["Integration"]["IntegrationResponses"][0][
                "ResponseParameters"
            ].items()
        }
        for method in options_of(template)
    ]


def test_it_is_said_once(stack: cdk.Stack, make_function: MakeFunction) -> None:
    function = make_function(cors=CORS)
    function.add_function_url()
    StreamingRestApi(stack, "Api").add_stream("POST", "/words", function)

    template = template_of(stack)
    assert variable_of(template) == {
        "allow_origins": [SITE],
        "allow_credentials": True,
        "expose_headers": ["x-id"],
    }
    assert only(template, "AWS::Lambda::Url")["Cors"] == {
        "AllowCredentials": True,
        "AllowHeaders": ["x-asked"],
        "AllowMethods": ["POST"],
        "AllowOrigins": [SITE],
        "ExposeHeaders": ["x-id"],
        "MaxAge": 300,
    }
    [preflight] = preflights_of(template)
    expected = {
        "Allow-Credentials": "true",
        "Allow-Headers": "x-asked",
        "Allow-Methods": "POST",
        "Allow-Origin": SITE,
        "Max-Age": "300",
    }
    assert expected.items() <= preflight.items()
    # API Gateway's own errors.
    errors = resources(template, "AWS::ApiGateway::GatewayResponse").values()
    assert {it["ResponseType"] for it in errors} == {"DEFAULT_4XX", "DEFAULT_5XX"}


@pytest.mark.slow
def test_without_methods_and_headers_all_and_the_usual_are_allowed(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    function = make_function(cors={"allowed_origins": ["*"]})
    function.add_function_url()
    StreamingRestApi(stack, "Api").add_stream("GET", "/", function)

    template = template_of(stack)
    cors = only(template, "AWS::Lambda::Url")["Cors"]
    [preflight] = preflights_of(template)
    assert (cors["AllowMethods"], cors["AllowHeaders"]) == (["*"], apigw.Cors.DEFAULT_HEADERS)
    assert preflight["Allow-Methods"].split(",") == apigw.Cors.ALL_METHODS
    assert preflight["Allow-Headers"].split(",") == apigw.Cors.DEFAULT_HEADERS


@pytest.mark.slow
def test_several_routes_and_functions_share_preflights_and_errors(
    stack: cdk.Stack, make_function: MakeFunction
) -> None:
    api = StreamingRestApi(stack, "Api")
    functions = [make_function(id, cors=CORS) for id in ("Read", "Write")]
    for method, path, function in (
        ("GET", "/words", functions[0]),
        ("POST", "/words", functions[1]),
        ("ANY", "/jobs", functions[1]),
        ("OPTIONS", "/own", functions[1]),  # which answers preflights itself
    ):
        api.add_stream(method, path, function)

    template = template_of(stack)
    by_mock = [it for it in options_of(template) if it["Integration"]["Type"] == "MOCK"]
    assert (len(options_of(template)), len(by_mock)) == (3, 2)
    assert len(resources(template, "AWS::ApiGateway::GatewayResponse")) == 2


@pytest.mark.slow
def test_an_api_s_own_preflights_stay(stack: cdk.Stack, make_function: MakeFunction) -> None:
    own = apigw.CorsOptions(allow_origins=["https://other.example.com"])
    api = StreamingRestApi(stack, "Api", default_cors_preflight_options=own)

    api.add_stream("GET", "/words", make_function(cors=CORS))

    found = preflights_of(template_of(stack))
    assert {it["Allow-Origin"] for it in found} == {"https://other.example.com"}


@pytest.mark.slow
def test_without_it_nothing_changes(stack: cdk.Stack, make_function: MakeFunction) -> None:
    function = make_function()
    function.add_function_url(cors=CORS)
    StreamingRestApi(stack, "Api").add_stream("GET", "/", function)

    template = template_of(stack)
    assert only(template, "AWS::Lambda::Url")["Cors"]["AllowOrigins"] == [SITE]
    assert "Environment" not in only(template, "AWS::Lambda::Function")
    assert preflights_of(template) == []


def test_a_url_has_no_other_cors_than_its_function(make_function: MakeFunction) -> None:
    function = make_function(cors=CORS)

    with pytest.raises(ValueError, match=r"^cors of Test/Hello and of its URL are set, expected"):
        function.add_function_url(cors=CORS)


@pytest.mark.parametrize(
    ("cors", "message"),
    [
        ({}, "cors has no allowed_origins, expected such as"),
        ({"allowed_origins": []}, "cors has no allowed_origins, expected such as"),
    ],
)
def test_an_origin_must_be_allowed(
    make_function: MakeFunction, cors: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_function(cors=cors)


@pytest.mark.parametrize("cors", ["*", ["*"], True])
def test_another_type_is_refused(make_function: MakeFunction, cors: Any) -> None:
    with pytest.raises(TypeError, match=r"^cors is "):
        make_function(cors=cors)
