"""Asynchronous invocations: accepted whatever is busy, as AWS has a queue in front of functions."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from streambda.local import LocalCloud
from tests.local.conftest import LogLines, Sdk
from tests.support.endpoint_clouds import running
from tests.support.gate import Gate
from tests.support.local_assembly import function

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
