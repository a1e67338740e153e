"""Two public samples with Node.js functions, as their templates describe them.

A pattern for the SDKs: its client looks functions up by the prefix of the stack, page by page, and
invokes them by ARN with the tail of the log. One streams to its end, one fails after four words,
one has a time-out of one second. And an emulator's own proof: one server-sent event after the
other through a REST stage. Its functions wait at a gate in place of a clock.
"""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import LocalCloud
from tests.local.conftest import Sdk
from tests.support.gate import Gate, serve_gate
from tests.support.no_tls import NO_TLS

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Transform:
- AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs24.x
    Timeout: 20
    MemorySize: 512
    Architectures:
      - x86_64
    Environment: {Variables: {GATE: "%s"}}
Resources:
  HappyPathFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: src/words.happy
      Description: Streams words
  MidstreamErrorFunction:
    Type: AWS::Serverless::Function
    Properties: {Handler: src/words.failing}
  TimeoutFunction:
    Type: AWS::Serverless::Function
    Properties: {Handler: src/words.hanging, Timeout: 1}
  EventsFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: src/words.events
      Events:
        Get:
          Type: Api
          Properties: {Path: /events, Method: get, ResponseTransferMode: RESPONSE_STREAM}
Outputs:
  HappyPathFunction:
    Value: !GetAtt HappyPathFunction.Arn
  Events:
    Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/events"
"""

WORDS = """
const net = require("node:net");

const WORDS = ["this", "is", "a", "streamed", "response"];

function gate() {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(process.env.GATE), "127.0.0.1");
    socket.once("data", () => { socket.destroy(); resolve(); });
    socket.once("error", reject);
  });
}

async function writeWords(stream, count) {
  for (const word of WORDS.slice(0, count)) {
    stream.write(word);
    await gate();
  }
}

exports.happy = awslambda.streamifyResponse(async (event, stream) => {
  await writeWords(stream, WORDS.length);
  stream.end();
});

exports.failing = awslambda.streamifyResponse(async (event, stream) => {
  await writeWords(stream, 4);
  throw new Error("after four words");
});

exports.hanging = awslambda.streamifyResponse(async (event, stream) => {
  stream.write(WORDS[0]);
  await new Promise(() => setInterval(() => {}, 1000));
});

exports.events = awslambda.streamifyResponse(async (event, stream) => {
  const headers = { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" };
  const body = awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers });
  for (let i = 0; i < 3; i += 1) {
    body.write(`data: ${i}\\n\\n`);
    await gate();
  }
  body.end();
});
"""


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async with serve_gate() as opened:
        yield opened


@pytest.fixture
async def cloud(tmp_path: Path, gate: Gate) -> AsyncIterator[LocalCloud]:
    folder = tmp_path / "lambda-streaming-sdk-sam"
    (folder / "src").mkdir(parents=True)
    (folder / "src/words.js").write_text(WORDS)
    template = folder / "template.yaml"
    template.write_text(TEMPLATE % gate.port)
    async with LocalCloud(template) as running:
        yield running


@pytest.fixture
async def client(cloud: LocalCloud) -> AsyncIterator["PatternClient"]:
    sdk = Sdk(cloud.lambda_url)
    yield PatternClient(sdk)
    sdk.close()


class PatternClient:
    """What the pattern's own client does, with boto3 in place of the SDK for JavaScript."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk

    async def find(self, name: str) -> str:
        pages = self._sdk.client.get_paginator("list_functions")
        for page in await asyncio.to_thread(list, pages.paginate(PaginationConfig={"PageSize": 1})):
            for function in page["Functions"]:
                if function["FunctionName"].startswith(f"lambda-streaming-sdk-sam-{name}"):
                    return str(function["FunctionArn"])
        raise AssertionError(f"no function {name}")

    async def stream(self, name: str) -> Any:
        return await self._sdk.stream(FunctionName=await self.find(name), LogType="Tail")


async def read_words(events: Any, gate: Gate, count: int) -> list[bytes]:
    """Each word is read before the function may go on to the next."""
    words = []
    for _ in range(count):
        event = await anext(events)
        words.append(event["PayloadChunk"]["Payload"])
        await gate.open()
    return words


async def test_happy_path(client: PatternClient, gate: Gate) -> None:
    events = await client.stream("HappyPath")

    words = await read_words(events, gate, 5)
    [complete] = [event async for event in events]

    assert words == [b"this", b"is", b"a", b"streamed", b"response"]
    assert list(complete["InvokeComplete"]) == ["LogResult"]
    assert b"REPORT RequestId: " in b64decode(complete["InvokeComplete"]["LogResult"])


async def test_midstream_error(client: PatternClient, gate: Gate) -> None:
    events = await client.stream("MidstreamError")

    assert len(await read_words(events, gate, 4)) == 4
    [complete] = [event async for event in events]

    assert "after four words" in complete["InvokeComplete"]["ErrorDetails"]
    assert complete["InvokeComplete"]["ErrorCode"]


async def test_timeout(client: PatternClient) -> None:
    events = await client.stream("Timeout")

    first = await anext(events)
    [complete] = [event async for event in events]

    assert first == {"PayloadChunk": {"Payload": b"this"}}
    assert "Task timed out after 1.00 seconds" in complete["InvokeComplete"]["ErrorDetails"]


async def test_server_sent_events_one_by_one_through_a_stage(cloud: LocalCloud, gate: Gate) -> None:
    async with (
        httpx.AsyncClient(timeout=30, trust_env=False, verify=NO_TLS) as http,
        http.stream("GET", f"{cloud.rest_api()}events") as reply,
    ):
        frames = reply.aiter_raw()
        for number in range(3):
            assert await anext(frames) == f"data: {number}\n\n".encode()
            await gate.open()
        assert [frame async for frame in frames] == []

    assert reply.headers["content-type"] == "text/event-stream"
    assert reply.headers["cache-control"] == "no-cache"
