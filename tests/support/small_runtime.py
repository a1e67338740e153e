"""A runtime for functions that answer at once; the handler's name says what they answer.

Runs as a bootstrap, on the standard library alone.
"""

import gzip
import http.client
import json
import os
from typing import Any

PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
BASE = "/2018-06-01/runtime/invocation"

asked = 0


class Refused(Exception):
    pass


def authorizer(event: dict[str, Any]) -> tuple[str, bytes]:
    """Does what the token says, or the header x-say of a whole request."""
    global asked
    asked += 1
    headers = {key.lower(): value for key, value in event.get("headers", {}).items()}
    wish = event.get("authorizationToken") or headers.get("x-say", "allow")
    if wish in {"Unauthorized", "boom"}:
        raise Refused(wish)
    effect = "Deny" if wish == "deny" else "Allow"
    resource = "arn:elsewhere" if wish == "elsewhere" else event["methodArn"]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    context: dict[str, Any] = {"asked": asked, "vip": True, "type": event["type"]}
    answer: dict[str, Any] = {
        "principalId": "me",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"nested": {}} if wish == "nested" else context,
        "usageIdentifierKey": headers.get("x-usage", "the-value-of-a-key"),
    }
    if wish == "no-policy":
        del answer["policyDocument"]
    if wish == "odd-policy":
        answer["policyDocument"] = "odd"
    if wish == "list":
        return "application/json", b"[]"
    return "application/json", json.dumps(answer).encode()


def packed(event: dict[str, Any]) -> tuple[str, bytes]:
    """Says that it is gzip, and is, unless the path says otherwise."""
    body = b"plain" if event["rawPath"] == "/plain" else gzip.compress(b"unpacked " * 1000)
    head = {"headers": {"content-encoding": "gzip", "content-type": "text/plain"}}
    return PRELUDE_TYPE, json.dumps(head).encode() + b"\0" * 8 + body


def long_prelude(event: dict[str, Any]) -> tuple[str, bytes]:
    """20 KB of metadata: more than AWS allows."""
    metadata = {"statusCode": 201, "headers": {"x-long": "x" * 20_000}}
    return PRELUDE_TYPE, json.dumps(metadata).encode() + b"\0" * 8 + b"body"


HANDLERS = {"authorizer": authorizer, "packed": packed, "long_prelude": long_prelude}


def main() -> None:
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    handle = HANDLERS[os.environ["_HANDLER"]]
    while True:
        api.request("GET", f"{BASE}/next")
        taken = api.getresponse()
        request = taken.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.loads(taken.read())
        try:
            content_type, body = handle(event)
            kind = "response"
        except Refused as refused:
            document = {"errorMessage": str(refused), "errorType": "Error"}
            content_type, body, kind = "application/json", json.dumps(document).encode(), "error"
        headers = {"Content-Type": content_type}
        if content_type == PRELUDE_TYPE:
            headers["Lambda-Runtime-Function-Response-Mode"] = "streaming"
        api.request("POST", f"{BASE}/{request}/{kind}", body, headers)
        api.getresponse().read()


if __name__ == "__main__":
    main()
