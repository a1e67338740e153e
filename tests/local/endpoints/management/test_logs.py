"""Logs of functions, as boto3 reads them."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local.endpoints.management.filter_pattern import parse_filter_pattern
from streambda.local.model.lambda_errors import AwsError
from tests.local.conftest import Sdk
from tests.local.endpoints.management.conftest import Client
from tests.support.endpoint_clouds import running
from tests.support.local_assembly import function

GROUP = "/aws/lambda/Words"
NOT_FOUND = "ResourceNotFoundException"
INVALID = "InvalidParameterException"


async def test_logs_are_found_by_group_stream_time_and_words(tmp_path: Path) -> None:
    resources = {"Words": function(FunctionName="Words"), "Idle": function(FunctionName="Idle")}
    async with running(tmp_path, resources) as cloud:

        async def call(operation: str, **arguments: Any) -> Any:
            return await Client("logs", cloud.lambda_url).call(operation, **arguments)

        async def error(operation: str, **arguments: Any) -> str:
            return (await Client("logs", cloud.lambda_url).error(operation, **arguments))[0]

        async def find(*, name: str = GROUP, **arguments: Any) -> list[str]:
            pages = await Client("logs", cloud.lambda_url).pages(
                "filter_log_events", logGroupName=name, **arguments
            )
            return [one["message"] for page in pages for one in page["events"]]

        sdk = Sdk(cloud.lambda_url)
        ids: list[str] = []
        for _ in range(2):
            answer = await sdk.call(
                "invoke", FunctionName="Words", Payload=b'{"do": "words"}', LogType="Tail"
            )
            ids.append(answer["ResponseMetadata"]["RequestId"])
        sdk.close()

        groups = await call("describe_log_groups", logGroupNamePrefix="/aws/lambda/W")
        assert [one["logGroupName"] for one in groups["logGroups"]] == [GROUP]
        assert await find(name="/aws/lambda/Idle") == []
        (stream,) = (await call("describe_log_streams", logGroupName=GROUP))["logStreams"]
        name = stream["logStreamName"]

        first = await find(filterPattern=f'"RequestId: {ids[0]}" -END')
        assert first[0] == f"START RequestId: {ids[0]} Version: $LATEST\n"
        assert first[1].startswith(f"REPORT RequestId: {ids[0]}")
        every = await find()
        assert await find(PaginationConfig={"PageSize": 2}) == every
        assert await find(logStreamNames=[name], startTime=stream["firstEventTimestamp"]) == every
        for nothing in (
            {"endTime": stream["firstEventTimestamp"] - 1},
            {"startTime": stream["lastEventTimestamp"] + 1},
            {"logStreamNamePrefix": "x"},
        ):
            assert await find(**nothing) == []

        one = {"logGroupIdentifier": groups["logGroups"][0]["logGroupArn"], "logStreamName": name}
        page = await call("get_log_events", **one, startFromHead=True, limit=2)
        rest = await call("get_log_events", **one, nextToken=page["nextForwardToken"])
        messages = [event["message"] for event in (*page["events"], *rest["events"])]
        assert messages == every
        back = await call("get_log_events", **one, nextToken=rest["nextBackwardToken"])
        assert back["events"] == page["events"]
        at_end = await call("get_log_events", **one, nextToken=rest["nextForwardToken"])
        assert at_end["nextForwardToken"] == rest["nextForwardToken"]
        newest = await call("get_log_events", **one, limit=1)
        assert [event["message"] for event in newest["events"]] == every[-1:]

        assert await error("filter_log_events", logGroupName="/aws/lambda/x") == NOT_FOUND
        assert await error("get_log_events", logGroupName=GROUP, logStreamName="x") == NOT_FOUND
        assert await error("get_log_events", **one, nextToken="x/1") == INVALID
        assert await error("get_log_events", **one, nextToken="f/x") == INVALID
        assert await error("filter_log_events", logGroupName=GROUP, nextToken="x") == INVALID
        assert await error("filter_log_events", logGroupName=GROUP, filterPattern="{") == INVALID
        # What boto3 would not send.
        async with httpx.AsyncClient(timeout=60) as http:
            target = {"x-amz-target": "Logs_20140328.FilterLogEvents"}
            odd = {"logGroupName": GROUP, "nextToken": ["x"]}
            reply = await http.post(cloud.lambda_url, headers=target, json=odd)
        assert (reply.status_code, reply.json()["__type"]) == (400, INVALID)


async def test_a_line_is_found_while_its_invocation_goes_on(
    tmp_path: Path, resources: dict[str, Any], gate: Any
) -> None:
    async with running(tmp_path, resources) as cloud:
        sdk = Sdk(cloud.lambda_url)
        stream = await sdk.stream(FunctionName="Words", Payload=b'{"do": "gated"}')
        arrival = await gate.wait_for_arrival()
        found = await Client("logs", cloud.lambda_url).call(
            "filter_log_events", logGroupName=GROUP, filterPattern="?START ?END"
        )
        await gate.let_through(arrival)
        assert len([event async for event in stream]) == 3
        sdk.close()

    assert [one["message"].split()[0] for one in found["events"]] == ["START"]


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("ERROR timeout", "a timeout: ERROR", True),
        ("ERROR timeout", "ERROR", False),
        ("?ERROR ?WARN", "WARN x", True),
        ("?ERROR ?WARN", "INFO", False),
        ("ERROR -retry", "ERROR, retry", False),
        (r'"a \"b\""', 'said a "b"', True),
        ("error", "ERROR", False),
    ],
)
def test_a_pattern_finds_words_and_phrases(pattern: str, message: str, expected: bool) -> None:
    assert parse_filter_pattern(pattern)(message) is expected


@pytest.mark.parametrize("pattern", ['{ $.level = "ERROR" }', "[ip, user]", "%a.*b%", '"open'])
def test_other_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(AwsError):
        parse_filter_pattern(pattern)
