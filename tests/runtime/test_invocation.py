"""What `/next` gives: the context of Lambda's own Python runtime, whatever headers are missing."""

import copy
import json
import time

import pytest

from streambda_runtime.invocation import Invocation

HEADERS = {
    "lambda-runtime-aws-request-id": "id-1",
    "lambda-runtime-deadline-ms": "0",
    "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:123456789012:function:words",
    "lambda-runtime-aws-tenant-id": "tenant",
    "lambda-runtime-cognito-identity": json.dumps(
        {"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}
    ),
    "lambda-runtime-client-context": json.dumps(
        {
            "client": {
                "installation_id": "1", "app_title": "t", "app_version_name": "n",
                "app_version_code": "c", "app_package_name": "a",
            },
            "custom": {"k": "v"},
            "env": {"locale": "de"},
        }
    ),
}  # fmt: skip
OPTIONAL = ("client-context", "cognito-identity", "trace-id", "invocation-id", "aws-tenant-id")


def test_the_context_has_lambdas_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "FUNCTION_NAME": "words", "FUNCTION_VERSION": "$LATEST", "FUNCTION_MEMORY_SIZE": "512",
        "LOG_GROUP_NAME": "/aws/lambda/words", "LOG_STREAM_NAME": "stream",
    }  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(f"AWS_LAMBDA_{name}", value)

    context = Invocation(HEADERS, b"{}").context

    assert context.function_name == "words"
    assert context.function_version == "$LATEST"
    assert context.memory_limit_in_mb == "512"
    assert context.log_group_name == "/aws/lambda/words"
    assert context.log_stream_name == "stream"
    assert context.aws_request_id == "id-1"
    assert context.invoked_function_arn.endswith(":words")
    assert context.tenant_id == "tenant"
    assert context.identity.cognito_identity_id == "i"
    assert context.identity.cognito_identity_pool_id == "p"
    assert context.client_context is not None
    assert context.client_context.custom == {"k": "v"}
    assert context.client_context.env == {"locale": "de"}
    client = context.client_context.client
    assert client is not None
    assert (client.installation_id, client.app_title) == ("1", "t")
    assert (client.app_version_name, client.app_version_code) == ("n", "c")
    assert client.app_package_name == "a"
    assert repr(context) == "Context(aws_request_id='id-1')"


@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
def test_b12_optional_headers_may_be_missing_or_empty(empty: bool) -> None:
    headers = {f"lambda-runtime-{name}": "" for name in OPTIONAL} if empty else {}

    invocation = Invocation(headers, b"")

    assert invocation.context.client_context is None
    assert invocation.context.identity.cognito_identity_id is None
    assert invocation.context.tenant_id is None
    assert invocation.trace_id is None
    assert invocation.invocation_id is None
    assert invocation.event() is None
    assert invocation.context.get_remaining_time_in_millis() == 0


@pytest.mark.parametrize("value", ["{not json", "[1]", "null"])
def test_an_odd_client_context_does_not_fail_the_function(value: str) -> None:
    headers = {"lambda-runtime-client-context": value}

    assert Invocation(headers, b"{}").context.client_context is None


def test_a_client_context_without_a_client() -> None:
    context = Invocation({"lambda-runtime-client-context": "{}"}, b"{}").context.client_context

    assert context is not None
    assert context.client is None


def test_the_remaining_time_counts_down_to_the_deadline() -> None:
    deadline = int(time.time() * 1000) + 60_000
    context = Invocation({"lambda-runtime-deadline-ms": str(deadline)}, b"{}").context

    assert 0 < context.get_remaining_time_in_millis() <= 60_000


def test_the_trace_context_is_not_part_of_what_the_caller_sent() -> None:
    trace = {"traceparent": "00-a-b-01"}
    headers = {"lambda-runtime-client-context": json.dumps({"custom": {}, "w3c": trace})}

    context = Invocation(headers, b"{}").context

    assert context.w3c() == trace
    assert Invocation({}, b"{}").context.w3c() == {}


def test_log_writes_the_message_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Invocation({}, b"{}").context.log("line")

    assert capsys.readouterr().out == "line"


def test_a_context_takes_attributes_as_lambdas_own_does() -> None:
    context = Invocation({"lambda-runtime-aws-request-id": "r-1"}, b"{}").context

    context.loop = "a decorator's"  # type: ignore[attr-defined]
    context.serialized_request_id = 1  # type: ignore[attr-defined]

    assert vars(context)["loop"] == "a decorator's"
    assert {"aws_request_id", "function_name", "log_stream_name", "identity"} <= vars(
        context
    ).keys()
    assert copy.copy(context).aws_request_id == "r-1"
