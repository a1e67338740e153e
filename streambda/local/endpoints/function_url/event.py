"""An HTTP request as the event of a function URL: payload format 2.0. No I/O.

From "Request payload format" in "Invoking Lambda function URLs", Lambda developer guide.
"""

from typing import Any

from streambda.local.http.request import EventBody, HttpCall, grouped
from streambda.local.model.identity import Caller


def function_url_event(call: HttpCall, url_id: str, caller: Caller | None = None) -> dict[str, Any]:
    """`caller` is who has signed, for a URL with AWS_IAM."""
    body = EventBody.of(call)
    cookies = [one.strip() for value in _values(call, "cookie") for one in value.split(";")]
    query = {name: ",".join(values) for name, values in grouped(call.query_pairs).items()}
    # Cookies have a place of their own in this format.
    headers = {
        name: ",".join(values)
        for name, values in grouped(call.all_headers).items()
        if name != "cookie"
    }
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": call.raw_path,
        "rawQueryString": call.query,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **({"queryStringParameters": query} if query else {}),
        "requestContext": _context(call, url_id, caller),
        **({"body": body.text} if body.text is not None else {}),
        "isBase64Encoded": body.is_base64,
    }


def _context(call: HttpCall, url_id: str, caller: Caller | None) -> dict[str, Any]:
    return {
        "accountId": caller.account_id if caller else "anonymous",
        "apiId": url_id,
        **({"authentication": None, "authorizer": {"iam": _iam(caller)}} if caller else {}),
        "domainName": call.domain_name,
        "domainPrefix": url_id,
        "http": {
            "method": call.method,
            "path": call.raw_path,
            "protocol": call.protocol,
            "sourceIp": call.client,
            "userAgent": call.header("user-agent") or "",
        },
        "requestId": call.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": call.clf_time,
        "timeEpoch": call.time_epoch_ms,
    }


def _iam(caller: Caller) -> dict[str, Any]:
    return {
        "accessKey": caller.access_key,
        "accountId": caller.account_id,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.user_arn,
        "userId": caller.user_id,
    }


def _values(call: HttpCall, name: str) -> list[str]:
    return [value for key, value in call.headers if key == name]
