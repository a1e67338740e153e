"""The context of a plain managed Python: attributes and words of awslambdaric's."""

import json
import time
from email.message import Message

import pytest

from streambda.local.managed_python.context import Context
from streambda.local.managed_python.errors import FunctionError
from streambda.local.managed_python.runtime_api import Invocation
from tests.support.fake_runtime_api import next_headers

ENVIRON = {
    "AWS_LAMBDA_FUNCTION_NAME": "name",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_LOG_GROUP_NAME": "group",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
}
CLIENT = {
    "client": {"installation_id": "i", "app_title": "t"},
    "custom": {"a": 1},
    "w3c": {"traceparent": "00-1", "tracestate": 7, "other": "x"},
}


def context(**headers: str) -> Context:
    message = Message()
    for name, value in next_headers(**headers).items():
        del message[name]  # whatever its case; a message may have a field twice
        message[name] = value
    return Context(Invocation(message, b"{}"), ENVIRON)


def test_what_every_invocation_has() -> None:
    found = context()

    assert found.aws_request_id == next_headers()["Lambda-Runtime-Aws-Request-Id"]
    assert found.invoked_function_arn == next_headers()["Lambda-Runtime-Invoked-Function-Arn"]
    assert (found.function_name, found.function_version) == ("name", "$LATEST")
    assert (found.log_group_name, found.log_stream_name) == ("group", "stream")
    assert found.memory_limit_in_mb == "128"
    assert (found.client_context, found.tenant_id, found.w3c()) == (None, None, {})
    assert repr(found.identity) == (
        "CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None])"
    )
    assert repr(found).startswith(f"LambdaContext([aws_request_id={found.aws_request_id},")


def test_who_calls() -> None:
    identity = {"cognitoIdentityId": "me", "cognitoIdentityPoolId": "pool"}
    found = context(
        client_context=json.dumps(CLIENT),
        cognito_identity=json.dumps(identity),
        aws_tenant_id="blue",
    )

    assert found.client_context is not None
    seen = {name: getattr(found.client_context, name) for name in ("custom", "env")}
    assert seen == {"custom": {"a": 1}, "env": None}
    assert getattr(found.client_context.client, "app_title", None) == "t"
    assert getattr(found.client_context.client, "app_version_name", "") is None
    assert (found.identity.cognito_identity_id, found.tenant_id) == ("me", "blue")
    assert found.w3c() == {"traceparent": "00-1"}


def test_time_that_is_left() -> None:
    in_a_minute = str(int(time.time() * 1000) + 60_000)

    assert 50_000 < context(deadline_ms=in_a_minute).get_remaining_time_in_millis() <= 60_000
    assert context(deadline_ms="1").get_remaining_time_in_millis() == 0


def test_context_that_is_no_json_is_named() -> None:
    with pytest.raises(FunctionError, match=r"^Unable to parse Client Context JSON: Expecting"):
        context(client_context="{no")
