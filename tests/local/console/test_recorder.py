"""Every endpoint's invocations are recorded as they go, and nothing is held back for it."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud
from streambda.local.console.recorder import Recorder
from streambda.local.console.timeline_events import ChunkRead
from streambda.local.invocation.lifecycle import Step
from streambda.local.invocation.stream import InvocationRequest, InvocationStream, ResponseHead
from streambda.local.limits.limits import Limits
from tests.local.conftest import Sdk
from tests.support.console_clients import ConsoleClient, list_kinds, wait_for_event
from tests.support.gate import Gate
from tests.support.local_assembly import write_assembly
from tests.support.local_functions import WORDS

Urls = dict[EndpointKind, str]


@pytest.mark.parametrize("endpoint", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])
async def test_a_stream_over_http(
    endpoint: EndpointKind, urls: Urls, http: httpx.AsyncClient, api: ConsoleClient
) -> None:
    answer = await http.get(f"{urls[endpoint]}words?a=b%20c")
    assert answer.content == b"one two"

    invocation = await api.get_only_invocation()

    assert list_kinds(invocation) == [
        "began",
        "started",
        "response",
        "prelude",
        "chunk",
        "chunk",
        "ended",
    ]
    began, _, response, prelude, *_ = [one for one in invocation["events"] if one["kind"] != "log"]
    stage = "/prod" if endpoint is EndpointKind.REST_API else ""
    assert (began["function"], began["endpoint"]) == ("Words", endpoint.value)
    assert began["title"].replace("+", "%20") == f"GET {stage}/words?a=b%20c"
    assert response["content_type"] == "application/vnd.awslambda.http-integration-response"
    assert (prelude["status"], prelude["cookies"]) == (201, ["a=1; Path=/", "b=2"])
    assert [one["first"] for one in invocation["events"] if one["kind"] == "chunk"] == [
        "one ",
        "two",
    ]
    summary = invocation["summary"]
    assert (summary["status"], summary["chunks"], summary["bytes"]) == (201, 2, 7)
    assert summary["outcome"] == "completed"


async def test_without_limits_a_long_prelude_is_read(
    streaming_url: str, http: httpx.AsyncClient, api: ConsoleClient
) -> None:
    assert (await http.get(f"{streaming_url}long_prelude")).content == b"body"

    invocation = await api.get_only_invocation()

    assert list_kinds(invocation) == ["began", "started", "response", "prelude", "chunk", "ended"]
    assert invocation["summary"]["status"] == 200


async def test_a_buffered_endpoint_and_lambdas_api(
    buffered_url: str, sdk: Sdk, http: httpx.AsyncClient, api: ConsoleClient
) -> None:
    assert (await http.get(f"{buffered_url}words")).content == b"one two"
    await sdk.events(FunctionName="Words", Payload=b'{"do": "words"}')
    answer = await sdk.call("invoke", FunctionName="Words", Payload=b'{"do": "words"}')
    assert answer["Payload"].read() == b"one two"

    endpoints = [(one["endpoint"], one["chunks"]) for one in await api.list_invocations()]

    assert endpoints == [("function-url", 2), ("lambda-api", 2), ("lambda-api", 2)]


async def test_a_failure_after_the_first_byte(
    streaming_url: str, http: httpx.AsyncClient, api: ConsoleClient, gate: Gate
) -> None:
    async with (
        api.stream_events() as events,
        http.stream("GET", f"{streaming_url}fails_midway") as reply,
    ):
        chunk = await wait_for_event(events, "chunk")
        await gate.open()
        end = await wait_for_event(events, "ended")
        with pytest.raises(httpx.RemoteProtocolError):
            await reply.aread()

    assert chunk["first"] == "one"
    assert (end["outcome"], end["code"]) == ("failed", "Function.ValueError")
    assert "boom" in end["details"]
    assert end["trailers"]


@pytest.mark.parametrize(
    ("function", "outcome", "words"),
    [("InitError", "failed", "boom"), ("Exits", "failed", "exit status 4")],
)
async def test_a_failure_before_there_is_a_response(
    function: str, outcome: str, words: str, sdk: Sdk, api: ConsoleClient
) -> None:
    await sdk.events(FunctionName=function)

    invocation = await api.get_only_invocation()

    assert list_kinds(invocation) == ["began", "ended"]  # and no start: no environment came up
    assert invocation["summary"]["outcome"] == outcome
    (end,) = [one for one in invocation["events"] if one["kind"] == "ended"]
    assert words in end["details"]
    assert not end["trailers"]


@pytest.mark.parametrize(
    ("endpoint", "path", "status"),
    [
        (EndpointKind.FUNCTION_URL, "fails_before", 502),
        (EndpointKind.REST_API, "fails_before", 502),
        (EndpointKind.REST_API, "buffered/fails_before", 502),
        (EndpointKind.FUNCTION_URL, "crashes", 502),
        (EndpointKind.FUNCTION_URL, "words", 201),
        (EndpointKind.REST_API, "words", 201),
    ],
)
async def test_the_status_that_a_client_gets_is_recorded(
    endpoint: EndpointKind,
    path: str,
    status: int,
    urls: Urls,
    http: httpx.AsyncClient,
    api: ConsoleClient,
) -> None:
    answer = await http.get(f"{urls[endpoint]}{path}")

    invocation = await api.get_only_invocation()

    assert (answer.status_code, invocation["summary"]["status"]) == (status, status)
    told = [one["status"] for one in invocation["events"] if one["kind"] == "answered"]
    assert told == ([] if status == 201 else [status])


@pytest.mark.slow
async def test_a_time_out(sdk: Sdk, api: ConsoleClient) -> None:
    await sdk.events(FunctionName="Hasty", Payload=b'{"do": "hangs"}')

    invocation = await api.get_only_invocation()

    assert invocation["summary"]["outcome"] == "timed-out"
    assert [one["text"] for one in invocation["events"] if one["kind"] == "log"][1] == "hanging"


async def test_a_cold_start_is_recorded_and_the_next_invocation_has_none(
    sdk: Sdk, api: ConsoleClient
) -> None:
    async with api.stream_events() as events:
        for _ in range(2):
            # The tail of the log is sent when the report is in it.
            await sdk.call(
                "invoke", FunctionName="Words", Payload=b'{"do": "words"}', LogType="Tail"
            )
        cold = await wait_for_event(events, "cold-start")
    first, second = await api.list_invocations()
    invocations = [await api.get_invocation(one["request_id"]) for one in (first, second)]

    assert cold["init_ms"] > 0
    kinds = [[event["kind"] for event in one["events"]] for one in invocations]
    assert ["cold-start" in one for one in kinds] == [True, False]


async def test_log_lines_after_the_end_are_recorded(
    streaming_url: str, http: httpx.AsyncClient, api: ConsoleClient
) -> None:
    async with api.stream_events() as events:
        await http.get(f"{streaming_url}words")
        await wait_for_event(events, "ended")
        line = await wait_for_event(events, "log")
        while not line["text"].startswith("END RequestId: "):
            line = await wait_for_event(events, "log")


async def test_a_chunk_is_published_before_the_next_can_be_made(
    streaming_url: str, http: httpx.AsyncClient, api: ConsoleClient, gate: Gate
) -> None:
    async with api.stream_events() as events, http.stream("GET", f"{streaming_url}gated") as reply:
        first = await wait_for_event(events, "chunk")
        await gate.open()
        second = await wait_for_event(events, "chunk")
        assert await reply.aread() == b"onetwo"

    assert (first["first"], second["first"]) == ("one", "two")
    assert first["at_ms"] <= second["at_ms"]


async def test_without_a_console_an_endpoint_reads_the_stream_itself(
    tmp_path: Path, resources: dict[str, Any]
) -> None:
    async with LocalCloud(write_assembly(tmp_path / "plain", resources)) as cloud:
        assert cloud.console_url is None
        assert len(cloud.endpoints) == 4


# Without a cloud: the test writes into a stream.


def create_recorder(**options: int) -> Recorder:
    return Recorder(Limits().prelude, **options)


def create_stream(request_id: str = "id") -> InvocationStream:
    request = InvocationRequest(
        request_id=request_id, invocation_id="n", function_arn="arn", event=b"{}", trace_id="t"
    )
    return InvocationStream(request)


async def test_an_observed_endpoint_reads_the_very_objects_that_were_written() -> None:
    stream = create_stream()
    stream.observer = create_recorder().start_recording(WORDS, "lambda-api", stream.request)
    stream.lifecycle.take(Step.HAND_OUT)
    stream.respond(ResponseHead(content_type="text/plain"))
    data = b"x" * 100_000
    writing = asyncio.ensure_future(stream.write(data))

    head = await stream.read_head()
    await asyncio.sleep(0)
    assert not writing.done()  # the back-pressure is the stream's own
    assert await stream.read_chunk() is data
    await writing
    stream.complete()
    assert await stream.read_chunk() is None
    assert head == ResponseHead(content_type="text/plain")


async def test_the_oldest_recordings_are_forgotten() -> None:
    recorder = create_recorder(max_invocations=2)
    for name in "abc":
        recorder.start_recording(WORDS, "lambda-api", create_stream(name).request)

    summaries = recorder.list_invocations()["invocations"]

    assert [one["request_id"] for one in summaries] == ["b", "c"]
    assert recorder.find("a") is None


async def test_event_numbers_have_no_gap_after_a_snapshot() -> None:
    recorder = create_recorder()
    stream = create_stream()
    stream.observer = recorder.start_recording(WORDS, "lambda-api", stream.request)
    stream.put(b"one")
    await stream.read_chunk()

    with recorder.follow() as queue:
        recording = recorder.find("id")
        assert recording
        reader = aiter(queue)
        first = (await anext(reader)).decode()
        number = recording.event_count
        stream.put(b"two")
        await stream.read_chunk()
        second = (await anext(reader)).decode()

    assert first.startswith("event: snapshot\n")
    assert f'"next":{number}' in first
    assert second.startswith("event: timeline\n")
    assert f'"n":{number}' in second
    assert recording.event_count == number + 1
    assert isinstance(recording.events[number], ChunkRead)
