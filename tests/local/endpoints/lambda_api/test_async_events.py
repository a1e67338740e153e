"""Asynchronous invocations: accepted whatever is busy, as AWS has a queue in front of functions."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from streambda.local import LocalCloud
from streambda.local.endpoints.lambda_api.failed_events import describe_failed_event
from streambda.local.invocation import failures
from streambda.local.model.triggers import EventInvokeConfig
from tests.local.conftest import LogLines, Sdk
from tests.support.endpoint_clouds import running
from tests.support.gate import Gate
from tests.support.local_assembly import function
from tests.support.wait_until import wait_until

GATED: dict[str, Any] = {"FunctionName": "Words", "Payload": b'{"do": "gated"}'}


async def test_events_wait_for_an_environment(single: LocalCloud, gate: Gate) -> None:
    """The function comes to the gate once more for each, when the one before is over."""
    sdk = Sdk(single.lambda_url)
    stream = await sdk.stream(**GATED)
    first = await gate.wait_for_arrival()

    accepted = await sdk.call("invoke", **GATED, InvocationType="Event")
    older = await sdk.call("invoke_async", FunctionName="Words", InvokeArgs=GATED["Payload"])

    assert (accepted["StatusCode"], older["Status"]) == (202, 202)
    assert accepted["Payload"].read() == b""
    with pytest.raises(ClientError, match="Rate Exceeded"):
        await sdk.call("invoke", **GATED)
    await gate.let_through(first)
    assert len([event async for event in stream]) == 3
    await gate.open()
    await gate.open()
    sdk.close()


async def test_a_function_without_concurrency_gets_none(tmp_path: Path, lines: LogLines) -> None:
    resources = {"Off": function(FunctionName="Off", ReservedConcurrentExecutions=0)}
    async with running(tmp_path, resources, lines=lines) as cloud:
        sdk = Sdk(cloud.lambda_url)
        accepted = await sdk.call("invoke", FunctionName="Off", InvocationType="Event")
        with pytest.raises(ClientError) as refused:
            await sdk.call("invoke", FunctionName="Off")
        sdk.close()

    assert (accepted["StatusCode"], accepted["Payload"].read()) == (202, b"")
    assert "drops an event for Off: its concurrency is 0" in next(text for _, text in lines)
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert refused.value.response["Reason"] == reason


def config(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {"FunctionName": {"Ref": "Broken"}, "Qualifier": "$LATEST", **properties},
    }


DEAD = {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:dead"}}


@pytest.mark.parametrize(
    ("configs", "told"),
    [
        ({}, "would try it again after 1 minute, and after 2 more"),
        ({"Retries": config(DestinationConfig="?")}, "after 1 minute, and after 2 more"),
        (
            {"Retries": config(MaximumRetryAttempts=1, DestinationConfig=DEAD)},
            "would try it again after 1 minute, then send it to arn:aws:sqs:us-east-1:12345678",
        ),
    ],
)
async def test_it_is_told_what_aws_does_with_an_event_that_has_failed(
    configs: dict[str, Any], told: str, tmp_path: Path, lines: LogLines
) -> None:
    resources = {"Broken": function("init_error", FunctionName="Broken"), **configs}
    async with running(tmp_path, resources, lines=lines) as cloud:
        sdk = Sdk(cloud.lambda_url)
        accepted = await sdk.call("invoke", FunctionName="Broken", InvocationType="Event")
        request_id = accepted["ResponseMetadata"]["RequestId"]
        begin = f"the event of {request_id} has failed; AWS "
        await wait_until(lambda: any(text.startswith(begin) for _, text in lines))
        sdk.close()

    (found,) = (text for _, text in lines if text.startswith(begin))
    assert told in found


def test_a_cloud_that_ends_is_no_failure_of_an_event() -> None:
    assert describe_failed_event("r", failures.shutdown("r"), None) is None
    never = EventInvokeConfig(function_name="f", properties={"MaximumRetryAttempts": "0"})
    line = describe_failed_event("r", failures.truncated_response(), never)
    assert line == "the event of r has failed; AWS would not try it again"
