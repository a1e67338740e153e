"""Errors that API Gateway makes itself, such as 403 and 429, readable in pages of other origins.

Without these headers a page sees a network error in place of the status.
"""

from aws_cdk import aws_apigateway as apigw

_ERRORS = {"Cors4xx": apigw.ResponseType.DEFAULT_4_XX, "Cors5xx": apigw.ResponseType.DEFAULT_5_XX}


def add_cors_to_errors(api: apigw.RestApi, cors: apigw.CorsOptions) -> None:
    headers = _headers(cors)
    for id, type in _ERRORS.items():
        api.add_gateway_response(id, type=type, response_headers=headers)


def _headers(cors: apigw.CorsOptions) -> dict[str, str]:
    # A gateway response is fixed: it cannot repeat the request's Origin, so of several origins the
    # first alone reads errors.
    headers = {"Access-Control-Allow-Origin": f"'{cors.allow_origins[0]}'"}
    if cors.allow_credentials:
        headers["Access-Control-Allow-Credentials"] = "'true'"
    if cors.allow_origins[0] != "*":
        headers["Vary"] = "'Origin'"
    return headers
