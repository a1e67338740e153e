"""An HTTP request as the event of a REST API: payload format 1.0. No I/O.

From "Input format of a Lambda function for proxy integration", API Gateway developer guide. A
streamed integration gets the same event as a buffered one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streambda.local.http.request import EventBody, HttpCall, grouped
from streambda.local.model.constants import ACCOUNT_ID
from streambda.local.model.identity import Caller


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RestIdentity:
    """Who sends the request, as far as the method has asked."""

    caller: Caller | None = None  # has signed
    api_key: str | None = None
    api_key_id: str | None = None
    authorizer: Mapping[str, Any] | None = None  # what an authoriser has said


NOBODY = RestIdentity()


def rest_event(
    call: HttpCall, target: RestTarget, identity: RestIdentity = NOBODY
) -> dict[str, Any]:
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
        "requestContext": _context(call, target, identity),
        "body": body.text,
        "isBase64Encoded": body.is_base64,
    }


def _context(call: HttpCall, target: RestTarget, identity: RestIdentity) -> dict[str, Any]:
    return {
        **({"authorizer": dict(identity.authorizer)} if identity.authorizer is not None else {}),
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
        "identity": _identity(call, identity),
        "domainName": call.domain_name,
        "apiId": target.api_id,
    }


def _identity(call: HttpCall, identity: RestIdentity) -> dict[str, Any]:
    caller = identity.caller
    key = {"apiKey": identity.api_key, "apiKeyId": identity.api_key_id}
    return {
        "cognitoIdentityPoolId": None,
        "accountId": caller.account_id if caller else None,
        "cognitoIdentityId": None,
        "caller": caller.user_id if caller else None,
        "sourceIp": call.client,
        "principalOrgId": None,
        "accessKey": caller.access_key if caller else None,
        "cognitoAuthenticationType": None,
        "cognitoAuthenticationProvider": None,
        "userArn": caller.user_arn if caller else None,
        "userAgent": call.header("user-agent"),
        "user": caller.user_id if caller else None,
        **(key if identity.api_key is not None else {}),
    }


def _last(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: several[-1] for name, several in values.items()}
