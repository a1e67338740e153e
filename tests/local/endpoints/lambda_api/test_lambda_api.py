"""Lambda's own API, with boto3 as the client."""

import base64
import json
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from streambda.local import LocalCloud
from tests.local.conftest import LogLines, Sdk
from tests.support.gate import Gate


def do(what: str) -> dict[str, Any]:
    return {"FunctionName": "Words", "Payload": json.dumps({"do": what}).encode()}


def payload(events: list[Any]) -> bytes:
    return b"".join(e["PayloadChunk"]["Payload"] for e in events if "PayloadChunk" in e)


async def test_chunks_and_then_completion(sdk: Sdk) -> None:
    events = await sdk.events(**do("words"))

    assert payload(events) == b"one two"
    assert events[-1] == {"InvokeComplete": {}}


async def test_empty_response_is_completion_alone(sdk: Sdk) -> None:
    assert await sdk.events(**do("empty")) == [{"InvokeComplete": {}}]


async def test_prelude_is_not_stripped(sdk: Sdk) -> None:
    events = await sdk.events(**do("odd_prelude"))

    assert payload(events) == b'{"statusCode": "200"}' + b"\0" * 8 + b"body"


async def test_midstream_error_is_told_verbatim(sdk: Sdk, gate: Gate) -> None:
    events = await sdk.stream(**do("fails_midway"))
    first = await anext(events)
    await gate.open()

    rest = [event async for event in events]

    assert first["PayloadChunk"]["Payload"] == b"one"
    assert rest[-1]["InvokeComplete"]["ErrorCode"] == "Function.ValueError"
    assert json.loads(rest[-1]["InvokeComplete"]["ErrorDetails"])["errorMessage"] == "boom"


@pytest.mark.parametrize(
    ("what", "code", "details"),
    [
        ("fails_before", "Unhandled", "boom"),
        ("fails_at_once", "Function.ValueError", "boom"),
        ("crashes", "Unhandled", "Runtime exited with error: exit status 1"),
        ("bad_mode", "Unhandled", "Lambda-Runtime-Function-Response-Mode is 'Streaming'"),
        ("oversized", "Unhandled", "Response payload size exceeded"),
        ("long_trailer", "Runtime.TruncatedResponse", None),
    ],
)
async def test_failures_and_the_next_invocation(
    what: str, code: str, details: str | None, sdk: Sdk
) -> None:
    events = await sdk.events(**do(what))

    complete = events[-1]["InvokeComplete"]
    assert complete["ErrorCode"] == code
    assert details is None or details in complete["ErrorDetails"]
    assert ("ErrorDetails" in complete) == (details is not None)
    assert payload(await sdk.events(**do("words"))) == b"one two"


async def test_trailers_that_were_not_declared_are_dropped(sdk: Sdk) -> None:
    assert (await sdk.events(**do("undeclared")))[-1] == {"InvokeComplete": {}}


async def test_crash_after_the_first_chunk_is_a_truncated_response(sdk: Sdk, gate: Gate) -> None:
    events = await sdk.stream(**do("crashes_midway"))
    await anext(events)
    await gate.open()

    assert await anext(events) == {"InvokeComplete": {"ErrorCode": "Runtime.TruncatedResponse"}}


async def test_response_counts_when_the_process_exits_behind_it(sdk: Sdk) -> None:
    events = await sdk.events(**do("answers_and_exits"))

    assert payload(events) == b"one two"
    assert events[-1] == {"InvokeComplete": {}}


@pytest.mark.slow
@pytest.mark.parametrize("what", ["hangs", "hangs_midway", "lingers"])
async def test_time_out_kills_and_the_next_invocation_works(what: str, sdk: Sdk) -> None:
    hasty = {"FunctionName": "Hasty", "LogType": "Tail"}
    events = await sdk.events(**(do(what) | hasty))

    complete = events[-1]["InvokeComplete"]
    log = base64.b64decode(complete["LogResult"]).decode()
    assert "Task timed out after 1.00 seconds" in log
    if what != "lingers":
        assert complete["ErrorCode"] == "Unhandled"
        assert "Task timed out after 1.00 seconds" in complete["ErrorDetails"]
    assert payload(await sdk.events(**(do("words") | hasty))) == b"one two"


@pytest.mark.parametrize(("name", "message"), [("InitError", "boom"), ("Exits", "exit status 4")])
async def test_init_failure_is_reported(name: str, message: str, sdk: Sdk) -> None:
    events = await sdk.events(FunctionName=name)

    assert events[-1]["InvokeComplete"]["ErrorCode"] == "Unhandled"
    assert message in events[-1]["InvokeComplete"]["ErrorDetails"]


async def test_log_tail(sdk: Sdk) -> None:
    events = await sdk.events(**do("words"), LogType="Tail")

    log = base64.b64decode(events[-1]["InvokeComplete"]["LogResult"]).decode().splitlines()
    assert log[0].startswith("START RequestId: ")
    assert log[1] == "said two words"
    assert log[2].startswith("END RequestId: ")


async def test_invoke_answers_whole(sdk: Sdk) -> None:
    answer = await sdk.call("invoke", **do("words"), LogType="Tail")

    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert answer["Payload"].read() == b"one two"
    assert b"said two words" in base64.b64decode(answer["LogResult"])
    assert "FunctionError" not in answer


@pytest.mark.parametrize("what", ["fails_before", "fails_at_once", "crashes", "large_stream"])
async def test_invoke_tells_a_function_error(what: str, sdk: Sdk) -> None:
    answer = await sdk.call("invoke", **do(what))

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert "errorType" in json.loads(answer["Payload"].read())


async def test_invoke_of_a_truncated_response_names_it(sdk: Sdk) -> None:
    answer = await sdk.call("invoke", **do("long_trailer"))

    assert json.loads(answer["Payload"].read()) == {"errorType": "Runtime.TruncatedResponse"}


async def test_event_is_accepted_at_once_and_runs(sdk: Sdk, gate: Gate) -> None:
    answer = await sdk.call("invoke", **do("gated"), InvocationType="Event")

    assert answer["StatusCode"] == 202
    await gate.open()


async def test_dry_run_starts_nothing(sdk: Sdk, lines: LogLines) -> None:
    whole = await sdk.call("invoke", FunctionName="Idle", InvocationType="DryRun")
    stream = await sdk.stream(FunctionName="Idle", InvocationType="DryRun")

    assert (whole["StatusCode"], stream.answer["StatusCode"]) == (204, 204)
    assert not [line for name, line in lines if name == "Idle"]


async def test_runtime_gets_what_lambda_gives(sdk: Sdk) -> None:
    context = base64.b64encode(b'{"custom": {"a": 1}}').decode()
    events = await sdk.events(**do("echo"), ClientContext=context)

    headers = json.loads(payload(events))["headers"]
    assert headers["content-type"] == "application/json"
    assert json.loads(headers["lambda-runtime-client-context"]) == {"custom": {"a": 1}}
    assert headers["lambda-runtime-invoked-function-arn"].endswith(":function:Words")
    assert headers["lambda-runtime-trace-id"].startswith("Root=1-")
    assert int(headers["lambda-runtime-deadline-ms"]) > 0


async def test_tenant_reaches_the_runtime(sdk: Sdk) -> None:
    events = await sdk.events(**do("echo"), TenantId="blue/1")

    headers = json.loads(payload(events))["headers"]
    assert headers["lambda-runtime-aws-tenant-id"] == "blue/1"


async def test_no_payload_is_an_empty_object(sdk: Sdk) -> None:
    answer = await sdk.call("invoke", FunctionName="Words")

    assert answer["Payload"].read() == b"one two"


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ({"FunctionName": "Nobody"}, 404, "ResourceNotFoundException"),
        ({"FunctionName": "Words", "Qualifier": "live"}, 404, "ResourceNotFoundException"),
        ({"FunctionName": "Words:2"}, 404, "ResourceNotFoundException"),
        ({"FunctionName": "a b"}, 400, "ValidationException"),
        ({"FunctionName": "Words:live", "Qualifier": "1"}, 400, "InvalidParameterValueException"),
        ({"FunctionName": "eu-west-1:123456789012:Words"}, 404, "ResourceNotFoundException"),
        ({"FunctionName": "Words", "InvocationType": "Event"}, 400, "ValidationException"),
        ({"FunctionName": "Words", "Payload": b"[NaN]"}, 400, "InvalidRequestContentException"),
        ({"FunctionName": "Words", "Payload": b"{"}, 400, "InvalidRequestContentException"),
        ({"FunctionName": "Words", "ClientContext": "?"}, 400, "InvalidRequestContentException"),
        ({"FunctionName": "Words", "TenantId": "a*b"}, 400, "ValidationException"),
        ({"FunctionName": "Words", "LogType": "All"}, 400, "ValidationException"),
        (
            {"FunctionName": "Words", "Payload": b'"' + b"x" * 6 * 1024 * 1024 + b'"'},
            413,
            "RequestTooLargeException",
        ),
    ],
)
async def test_wrong_requests(arguments: dict[str, Any], status: int, code: str, sdk: Sdk) -> None:
    with pytest.raises(ClientError) as caught:
        await sdk.call("invoke_with_response_stream", **arguments)

    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert caught.value.response["ResponseMetadata"]["RequestId"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "Words",
        "Words:$LATEST",
        "123456789012:function:Words",
        "function:Words",
        "us-east-1:123456789012:function:Words",
        "arn:aws:lambda:us-east-1:123456789012:function:Words",
        "arn:aws:lambda:us-east-1:123456789012:function:Words:$LATEST",
    ],
)
async def test_names_of_a_function(name: str, sdk: Sdk) -> None:
    answer = await sdk.call("invoke", FunctionName=name)

    assert answer["Payload"].read() == b"one two"


async def test_every_environment_busy_is_429(single: LocalCloud, gate: Gate) -> None:
    sdk = Sdk(single.lambda_url)
    stream = await sdk.stream(**do("gated"))

    with pytest.raises(ClientError) as caught:
        await sdk.call("invoke", **do("words"))

    error = caught.value.response
    assert error["Error"]["Code"] == "TooManyRequestsException"
    assert error["Reason"] == "ConcurrentInvocationLimitExceeded"
    assert int(error["retryAfterSeconds"]) > 0
    await gate.open()
    assert payload([event async for event in stream]) == b"onetwo"
    sdk.close()


async def test_unknown_operation_is_404(cloud: LocalCloud, http: httpx.AsyncClient) -> None:
    reply = await http.get(f"{cloud.lambda_url}/2015-03-31/layers")

    assert (reply.status_code, reply.headers["x-amzn-errortype"]) == (
        404,
        "UnknownOperationException",
    )
