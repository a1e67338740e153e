"""An HTTP request as the event of a function URL: payload format 2.0. No I/O.

From "Request payload format" in "Invoking Lambda function URLs", Lambda developer guide. What the
guide leaves open is as in requests that were seen on AWS: `tests/events/README.md`.
"""

from typing import Any

from streambda.local.http.event_body import EventBody
from streambda.local.http.event_headers import list_event_headers
from streambda.local.http.request import HttpRequest, group_values
from streambda.local.model.identity import Caller

# A URL on AWS speaks TLS, and says which; here nothing does, and a handler may still read it.
TLS_HEADERS = {
    "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
    "x-amzn-tls-version": "TLSv1.3",
}

# How the values of a repeated header become one; all others are joined by commas.
SEPARATORS = {"cookie": "; "}


def make_function_url_event(
    request: HttpRequest, url_id: str, caller: Caller | None = None
) -> dict[str, Any]:
    """`caller` is who has signed, for a URL with AuthType AWS_IAM."""
    body = EventBody.of_function_url(request)
    headers = _make_headers(request)
    crumbs = (one.strip() for one in headers.get("cookie", "").split(";"))
    cookies = [one for one in crumbs if one]
    query = {name: ",".join(values) for name, values in group_values(request.query_pairs).items()}
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


def _make_headers(request: HttpRequest) -> dict[str, str]:
    headers = {
        name: SEPARATORS.get(name, ",").join(values)
        for name, values in group_values(list_event_headers(request)).items()
    }
    # A chunked body has been counted by the time that the function gets it.
    length = {"content-length": str(len(request.body))} if request.body else {}
    return length | headers | TLS_HEADERS


def _make_context(request: HttpRequest, url_id: str, caller: Caller | None) -> dict[str, Any]:
    return {
        "accountId": caller.account_id if caller else "anonymous",
        "apiId": url_id,
        **({"authentication": None, "authorizer": {"iam": make_iam(caller)}} if caller else {}),
        "domainName": request.domain_name,
        "domainPrefix": url_id,
        "http": {
            "method": request.method,
            "path": request.path,
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


def make_iam(caller: Caller) -> dict[str, Any]:
    """What `requestContext.authorizer.iam` has."""
    return {
        "accessKey": caller.access_key,
        "accountId": caller.account_id,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.user_arn,
        "userId": caller.user_id,
    }
