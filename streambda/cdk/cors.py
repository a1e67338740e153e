"""The CORS configuration of a function, which its URL, its REST APIs and the runtime share."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigw
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

VARIABLE = "STREAMBDA_CORS"  # read by streambda_runtime.platform.cors


def complete_cors(
    given: lambda_.FunctionUrlCorsOptions | Mapping[str, Any],
) -> lambda_.FunctionUrlCorsOptions:
    """Defaults are those of the CDK for a REST API: all methods, usual headers.

    Raises:
        ValueError: no origin is allowed.
    """
    cors = lambda_.FunctionUrlCorsOptions(**given) if isinstance(given, Mapping) else given
    if not cors.allowed_origins:
        raise ValueError("cors has no allowed_origins, expected such as ['https://example.com']")
    return lambda_.FunctionUrlCorsOptions(
        allow_credentials=cors.allow_credentials,
        allowed_headers=cors.allowed_headers or apigw.Cors.DEFAULT_HEADERS,
        allowed_methods=cors.allowed_methods or [lambda_.HttpMethod.ALL],
        allowed_origins=cors.allowed_origins,
        exposed_headers=cors.exposed_headers,
        max_age=cors.max_age,
    )


def make_variable(scope: Construct, cors: lambda_.FunctionUrlCorsOptions) -> str:
    """What the runtime needs of it: what is for responses, and not for preflights."""
    document = {
        "allow_origins": cors.allowed_origins,
        "allow_credentials": bool(cors.allow_credentials),
        "expose_headers": cors.exposed_headers or [],
    }
    return cdk.Stack.of(scope).to_json_string(document)


def make_preflight_options(cors: lambda_.FunctionUrlCorsOptions) -> apigw.CorsOptions:
    """The same, in the form of REST APIs."""
    return apigw.CorsOptions(
        allow_origins=cors.allowed_origins or [],
        allow_credentials=cors.allow_credentials,
        allow_headers=cors.allowed_headers,
        allow_methods=_list_methods(cors.allowed_methods or ()),
        expose_headers=cors.exposed_headers,
        max_age=cors.max_age,
    )


def _list_methods(methods: Sequence[lambda_.HttpMethod]) -> list[str]:
    if lambda_.HttpMethod.ALL in methods:
        return apigw.Cors.ALL_METHODS
    return [method.value for method in methods]
