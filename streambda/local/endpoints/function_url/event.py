"""An HTTP request as the event of a function URL: payload format 2.0. No I/O.

From "Request payload format" in "Invoking Lambda function URLs", Lambda developer guide.
"""

from typing import Any

from streambda.local.http.event_body import EventBody
from streambda.local.http.request import HttpRequest, group_values
from streambda.local.model.identity import Caller


def make_function_url_event(
    request: HttpRequest, url_id: str, caller: Caller | None = None
) -> dict[str, Any]:
    """`caller` is who has signed, for a URL with AuthType AWS_IAM."""
    body = EventBody.of(request)
    cookies = [one.strip() for value in _list_values(request, "cookie") for one in value.split(";")]
    query = {name: ",".join(values) for name, values in group_values(request.query_pairs).items()}
    # Cookies are not among the headers in this format.
    headers = {
        name: ",".join(values)
        for name, values in group_values(request.all_headers).items()
        if name != "cookie"
    }
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.raw_path,
        "rawQueryString": request.query,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **({"queryStringParameters": query} if query else {}),
        "requestContext": _make_context(request, url_id, caller),
        **({"body": body.text} if body.text is not None else {}),
        "isBase64Encoded": body.is_base64,
    }


def _make_context(request: HttpRequest, url_id: str, caller: Caller | None) -> dict[str, Any]:
    return {
        "accountId": caller.account_id if caller else "anonymous",
        "apiId": url_id,
        **({"authentication": None, "authorizer": {"iam": _make_iam(caller)}} if caller else {}),
        "domainName": request.domain_name,
        "domainPrefix": url_id,
        "http": {
            "method": request.method,
            "path": request.raw_path,
            "protocol": request.protocol,
            "sourceIp": request.client,
            "userAgent": request.header("user-agent") or "",
        },
        "requestId": request.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": request.clf_time,
        "timeEpoch": request.time_epoch_ms,
    }


def _make_iam(caller: Caller) -> dict[str, Any]:
    return {
        "accessKey": caller.access_key,
        "accountId": caller.account_id,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.user_arn,
        "userId": caller.user_id,
    }


def _list_values(request: HttpRequest, name: str) -> list[str]:
    return [value for key, value in request.headers if key == name]
