"""A runtime for functions that answer at once; the handler's name says with what.

Runs as a bootstrap, on the standard library alone.
"""

import gzip
import http.client
import json
import os
from typing import Any

PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
BASE = "/2018-06-01/runtime/invocation"

calls = 0


class AuthorizerError(Exception):
    """Becomes an error of the function."""


def authorizer(event: dict[str, Any]) -> tuple[str, bytes]:
    """Does what the token says, or the header x-say of a REQUEST authorizer."""
    global calls
    calls += 1
    headers = {key.lower(): value for key, value in event.get("headers", {}).items()}
    behaviour = event.get("authorizationToken") or headers.get("x-say", "allow")
    if behaviour in {"Unauthorized", "boom"}:
        raise AuthorizerError(behaviour)
    effect = "Deny" if behaviour == "deny" else "Allow"
    resource = "arn:elsewhere" if behaviour == "elsewhere" else event["methodArn"]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    context: dict[str, Any] = {"asked": calls, "vip": True, "type": event["type"]}
    answer: dict[str, Any] = {
        "principalId": "me",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"nested": {}} if behaviour == "nested" else context,
        "usageIdentifierKey": headers.get("x-usage", "the-value-of-a-key"),
    }
    if behaviour == "no-policy":
        del answer["policyDocument"]
    if behaviour == "odd-policy":
        answer["policyDocument"] = "odd"
    if behaviour == "list":
        return "application/json", b"[]"
    return "application/json", json.dumps(answer).encode()


def gzip_response(event: dict[str, Any]) -> tuple[str, bytes]:
    """Labelled as gzip; it is gzip too, unless the path is /plain."""
    body = b"plain" if event["rawPath"] == "/plain" else gzip.compress(b"unpacked " * 1000)
    head = {"headers": {"content-encoding": "gzip", "content-type": "text/plain"}}
    return PRELUDE_TYPE, json.dumps(head).encode() + b"\0" * 8 + body


HANDLERS = {"authorizer": authorizer, "packed": gzip_response}


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
        except AuthorizerError as error:
            document = {"errorMessage": str(error), "errorType": "Error"}
            content_type, body, kind = "application/json", json.dumps(document).encode(), "error"
        headers = {"Content-Type": content_type}
        if content_type == PRELUDE_TYPE:
            headers["Lambda-Runtime-Function-Response-Mode"] = "streaming"
        api.request("POST", f"{BASE}/{request}/{kind}", body, headers)
        api.getresponse().read()


if __name__ == "__main__":
    main()
