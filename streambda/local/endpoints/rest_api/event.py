"""An HTTP request as the event of a REST API: payload format 1.0. No I/O.

From "Input format of a Lambda function for proxy integration", API Gateway developer guide. What
the guide leaves open is as in requests that were seen on AWS: `tests/events/README.md`. A streamed
integration gets the same event as a buffered one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streambda.local.endpoints.rest_api.binary_media_types import is_binary
from streambda.local.http.event_body import EventBody
from streambda.local.http.event_headers import list_event_headers, list_sent_names
from streambda.local.http.request import HttpRequest, group_values
from streambda.local.model.identity import Caller
from streambda.local.model.place import Place

# Headers that API Gateway writes itself, or writes anew: capitalised, however they were sent.
CAPITALISED = {
    "host": "Host",
    "user-agent": "User-Agent",
    "x-amzn-trace-id": "X-Amzn-Trace-Id",
    "x-forwarded-for": "X-Forwarded-For",
    "x-forwarded-port": "X-Forwarded-Port",
    "x-forwarded-proto": "X-Forwarded-Proto",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RestTarget:
    """The stage and the resource that a request means; paths are percent-encoded, as sent."""

    api_id: str
    stage: str
    stage_variables: Mapping[str, str]
    resource_id: str
    resource_path: str
    path: str  # below the stage
    path_parameters: Mapping[str, str]
    full_path: str = ""  # with the stage
    deployment_id: str = ""
    binary_media_types: tuple[str, ...] = ()
    place: Place = field(default_factory=Place)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestIdentity:
    """Who sends a request, as far as its method asks."""

    caller: Caller | None = None  # who has signed
    api_key: str | None = None
    api_key_id: str | None = None
    authorizer: Mapping[str, Any] | None = None  # what an authorizer has returned


NOBODY = RestIdentity()


def make_rest_event(
    request: HttpRequest, target: RestTarget, identity: RestIdentity = NOBODY
) -> dict[str, Any]:
    binary = is_binary(request.header("content-type"), target.binary_media_types)
    body = EventBody.of_rest_api(request, binary=binary)
    headers = _group_headers(request)
    query = group_values(request.query_pairs)
    return {
        "resource": target.resource_path,
        "path": target.path,
        "httpMethod": request.method,
        "headers": _keep_last(headers),
        "multiValueHeaders": headers,
        # Empty is null in this format; 2.0 leaves it out.
        "queryStringParameters": _keep_last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(target.path_parameters) or None,
        "stageVariables": dict(target.stage_variables) or None,
        "requestContext": _make_context(request, target, identity),
        "body": body.text,
        "isBase64Encoded": body.is_base64,
    }


def _make_context(
    request: HttpRequest, target: RestTarget, identity: RestIdentity
) -> dict[str, Any]:
    return {
        **({"authorizer": dict(identity.authorizer)} if identity.authorizer is not None else {}),
        "resourceId": target.resource_id,
        "resourcePath": target.resource_path,
        "httpMethod": request.method,
        "extendedRequestId": request.extended_request_id,
        "requestTime": request.clf_time,
        "path": target.full_path,
        "accountId": target.place.account_id,
        "protocol": request.protocol,
        "stage": target.stage,
        "domainPrefix": target.api_id,
        "requestTimeEpoch": request.time_epoch_ms,
        "requestId": request.request_id,
        "identity": _make_identity(request, identity),
        "domainName": request.domain_name,
        "deploymentId": target.deployment_id,
        "apiId": target.api_id,
    }


def _make_identity(request: HttpRequest, identity: RestIdentity) -> dict[str, Any]:
    caller = identity.caller
    key = {"apiKey": identity.api_key, "apiKeyId": identity.api_key_id}
    return {
        "cognitoIdentityPoolId": None,
        "accountId": caller.account_id if caller else None,
        "cognitoIdentityId": None,
        "caller": caller.user_id if caller else None,
        "sourceIp": request.client,
        "principalOrgId": None,
        "accessKey": caller.access_key if caller else None,
        "cognitoAuthenticationType": None,
        "cognitoAuthenticationProvider": None,
        "userArn": caller.user_arn if caller else None,
        "userAgent": request.header("user-agent"),
        "user": caller.user_id if caller else None,
        **(key if identity.api_key is not None else {}),
    }


def _group_headers(request: HttpRequest) -> dict[str, list[str]]:
    """Every value of every header. One name is one, however it is spelled."""
    sent = list_sent_names(request)
    groups = group_values(list_event_headers(request))
    groups.pop("content-length", None)  # the body is in the event, whatever its length was
    return {
        CAPITALISED.get(name) or sent.get(name, name): values for name, values in groups.items()
    }


def _keep_last(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: several[-1] for name, several in values.items()}
