"""An HTTP request as the event of a REST API: payload format 1.0. No I/O.

From "Input format of a Lambda function for proxy integration", API Gateway developer guide. A
streamed integration gets the same event as a buffered one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streambda.local.http_event import ACCOUNT_ID, EventBody, HttpCall, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class RestTarget:
    """Where in the API the request has arrived."""

    api_id: str
    stage: str
    stage_variables: Mapping[str, str]
    resource_id: str
    resource_path: str
    path: str  # below the stage
    path_parameters: Mapping[str, str]


def rest_event(call: HttpCall, target: RestTarget) -> dict[str, Any]:
    body = EventBody.of(call)
    headers = grouped(call.all_headers)
    query = grouped(call.query_pairs)
    return {
        "resource": target.resource_path,
        "path": target.path,
        "httpMethod": call.method,
        "headers": _last(headers),
        "multiValueHeaders": headers,
        # What is empty is null in this format, where 2.0 leaves it out.
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(target.path_parameters) or None,
        "stageVariables": dict(target.stage_variables) or None,
        "requestContext": _context(call, target),
        "body": body.text,
        "isBase64Encoded": body.is_base64,
    }


def _context(call: HttpCall, target: RestTarget) -> dict[str, Any]:
    return {
        "resourceId": target.resource_id,
        "resourcePath": target.resource_path,
        "httpMethod": call.method,
        "extendedRequestId": call.request_id,
        "requestTime": call.clf_time,
        "path": f"/{target.stage}{target.path}",
        "accountId": ACCOUNT_ID,
        "protocol": call.protocol,
        "stage": target.stage,
        "domainPrefix": target.api_id,
        "requestTimeEpoch": call.time_epoch_ms,
        "requestId": call.request_id,
        "identity": _identity(call),
        "domainName": call.domain_name,
        "apiId": target.api_id,
    }


def _identity(call: HttpCall) -> dict[str, Any]:
    return {
        "cognitoIdentityPoolId": None,
        "accountId": None,
        "cognitoIdentityId": None,
        "caller": None,
        "sourceIp": call.client,
        "principalOrgId": None,
        "accessKey": None,
        "cognitoAuthenticationType": None,
        "cognitoAuthenticationProvider": None,
        "userArn": None,
        "userAgent": call.header("user-agent"),
        "user": None,
    }


def _last(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: several[-1] for name, several in values.items()}
