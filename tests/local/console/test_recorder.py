"""Every endpoint's invocations are recorded as they go, and nothing is held back for it."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud
from streambda.local.console.events import Chunk
from streambda.local.console.feed import Feed, server_sent
from streambda.local.console.recorder import Recorder
from streambda.local.invocation.lifecycle import InvocationRequest, ResponseHead, Step
from streambda.local.invocation.stream import InvocationStream
from tests.local.conftest import Sdk
from tests.support.console_clients import Api, kinds, until
from tests.support.gate import Gate
from tests.support.local_assembly import write_assembly
from tests.support.local_functions import WORDS

Urls = dict[EndpointKind, str]


@pytest.mark.parametrize("endpoint", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])
async def test_a_stream_over_http(
    endpoint: EndpointKind, urls: Urls, http: httpx.AsyncClient, api: Api
) -> None:
    answer = await http.get(f"{urls[endpoint]}words?a=b%20c")
    assert answer.content == b"one two"

    run = await api.only_run()

    assert kinds(run) == ["began", "started", "head", "prelude", "chunk", "chunk", "ended"]
    began, _, head, prelude, *_ = [one for one in run["events"] if one["kind"] != "log"]
    stage = "/prod" if endpoint is EndpointKind.REST_API else ""
    assert (began["function"], began["endpoint"]) == ("Words", endpoint.value)
    assert began["title"].replace("+", "%20") == f"GET {stage}/words?a=b%20c"
    assert head["content_type"] == "application/vnd.awslambda.http-integration-response"
    assert (prelude["status"], prelude["cookies"]) == (201, ["a=1; Path=/", "b=2"])
    assert [one["first"] for one in run["events"] if one["kind"] == "chunk"] == ["one ", "two"]
    summary = run["summary"]
    assert (summary["status"], summary["chunks"], summary["bytes"]) == (201, 2, 7)
    assert summary["outcome"] == "completed"


async def test_a_buffered_endpoint_and_lambdas_api(
    buffered_url: str, sdk: Sdk, http: httpx.AsyncClient, api: Api
) -> None:
    assert (await http.get(f"{buffered_url}words")).content == b"one two"
    await sdk.events(FunctionName="Words", Payload=b'{"do": "words"}')
    answer = await sdk.call("invoke", FunctionName="Words", Payload=b'{"do": "words"}')
    assert answer["Payload"].read() == b"one two"

    endpoints = [(line["endpoint"], line["chunks"]) for line in await api.invocations()]

    assert endpoints == [("function-url", 2), ("lambda-api", 2), ("lambda-api", 2)]


async def test_a_failure_after_the_first_byte(
    streaming_url: str, http: httpx.AsyncClient, api: Api, gate: Gate
) -> None:
    async with api.events() as told, http.stream("GET", f"{streaming_url}fails_midway") as reply:
        chunk = await until(told, "chunk")
        await gate.open()
        end = await until(told, "ended")
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
    function: str, outcome: str, words: str, sdk: Sdk, api: Api
) -> None:
    await sdk.events(FunctionName=function)

    run = await api.only_run()

    assert kinds(run) == ["began", "ended"]  # and no start: no environment came up
    assert run["summary"]["outcome"] == outcome
    (end,) = [one for one in run["events"] if one["kind"] == "ended"]
    assert words in end["details"]
    assert not end["trailers"]


@pytest.mark.slow
async def test_a_time_out(sdk: Sdk, api: Api) -> None:
    await sdk.events(FunctionName="Hasty", Payload=b'{"do": "hangs"}')

    run = await api.only_run()

    assert run["summary"]["outcome"] == "timed-out"
    assert [one["text"] for one in run["events"] if one["kind"] == "log"][1] == "hanging"


async def test_a_cold_start_is_told_and_the_next_invocation_has_none(sdk: Sdk, api: Api) -> None:
    async with api.events() as told:
        for _ in range(2):
            # The tail of the log is sent when the report is in it.
            await sdk.call(
                "invoke", FunctionName="Words", Payload=b'{"do": "words"}', LogType="Tail"
            )
        cold = await until(told, "cold-start")
    first, second = await api.invocations()
    runs = [await api.read(f"/api/invocations/{one['request_id']}") for one in (first, second)]

    assert cold["init_ms"] > 0
    seen = ["cold-start" in [event["kind"] for event in run["events"]] for run in runs]
    assert seen == [True, False]


async def test_log_lines_after_the_end_are_told(
    streaming_url: str, http: httpx.AsyncClient, api: Api
) -> None:
    async with api.events() as told:
        await http.get(f"{streaming_url}words")
        await until(told, "ended")
        line = await until(told, "log")
        while not line["text"].startswith("END RequestId: "):
            line = await until(told, "log")


async def test_a_chunk_is_told_before_the_next_can_be_made(
    streaming_url: str, http: httpx.AsyncClient, api: Api, gate: Gate
) -> None:
    async with api.events() as told, http.stream("GET", f"{streaming_url}gated") as reply:
        first = await until(told, "chunk")
        await gate.open()
        second = await until(told, "chunk")
        assert await reply.aread() == b"onetwo"

    assert (first["first"], second["first"]) == ("one", "two")
    assert first["at_ms"] <= second["at_ms"]


async def test_without_a_console_an_endpoint_reads_the_stream_itself(
    tmp_path: Path, resources: dict[str, Any]
) -> None:
    async with LocalCloud(write_assembly(tmp_path / "plain", resources)) as cloud:
        assert cloud.console_url is None
        assert len(cloud.endpoints) == 4


# Without a cloud: a stream fed by hand.


def new_stream(request_id: str = "id") -> InvocationStream:
    request = InvocationRequest(
        request_id=request_id, invocation_id="n", function_arn="arn", event=b"{}", trace_id="t"
    )
    return InvocationStream(request)


async def test_the_endpoint_gets_the_very_objects() -> None:
    stream = new_stream()
    stream.observer = Recorder().start_recording(WORDS, "lambda-api", stream.request)
    stream.lifecycle.take(Step.HAND_OUT)
    stream.respond(ResponseHead(content_type="text/plain"))
    data = b"x" * 100_000
    writing = asyncio.ensure_future(stream.write(data))

    head = await stream.head()
    await asyncio.sleep(0)
    assert not writing.done()  # the back-pressure is the stream's own
    assert await stream.next_chunk() is data
    await writing
    stream.complete()
    assert await stream.next_chunk() is None
    assert head == ResponseHead(content_type="text/plain")


async def test_the_oldest_are_forgotten() -> None:
    recorder = Recorder(most=2)
    for name in "abc":
        recorder.start_recording(WORDS, "lambda-api", new_stream(name).request)

    lines = recorder.snapshot()["invocations"]

    assert [line["request_id"] for line in lines] == ["b", "c"]
    assert recorder.find("a") is None


async def test_numbers_have_no_gap_between_snapshot_and_feed() -> None:
    recorder = Recorder()
    stream = new_stream()
    stream.observer = recorder.start_recording(WORDS, "lambda-api", stream.request)
    stream.put(b"one")
    await stream.next_chunk()

    with recorder.feed() as feed:
        before = recorder.find("id")
        assert before
        first = before.told
        stream.put(b"two")
        await stream.next_chunk()
        told = b"".join([await anext(aiter(feed))]).decode()

    assert f'"n":{first}' in told
    assert told.startswith("event: snapshot\n")
    assert before.told == first + 1
    assert isinstance(before.events[first], Chunk)


async def test_a_reader_that_falls_behind_is_told_to_reload() -> None:
    feed = Feed(server_sent("snapshot", {}), most=3)
    for number in range(5):
        feed.put(server_sent("timeline", number))

    # The snapshot that it will ask for has all that it has missed.
    assert [piece async for piece in feed] == [b"event: reload\ndata: {}\n\n"]


async def test_a_reader_gets_all_that_waits_at_once() -> None:
    feed = Feed(server_sent("snapshot", {}), most=3)
    feed.put(server_sent("timeline", 1))
    feed.put(server_sent("timeline", 2))

    piece = await anext(aiter(feed))

    assert piece.count(b"\n\n") == 3
    assert piece.endswith(b"event: timeline\ndata: 2\n\n")
