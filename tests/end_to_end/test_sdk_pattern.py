"""A public pattern for AWS's SDKs: its template, its three Node.js functions, and its client.

The client looks functions up by the prefix of the stack, page by page, invokes them by ARN with the
tail of the log, and prints the events. One function streams to its end, one fails after four words,
and one is the first again, with a time-out of one second. They wait at a gate in place of a clock.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from streambda.local import LocalCloud
from tests.support.gate import Gate, serve_gate
from tests.support.node_clients import find_clients
from tests.support.node_gate import write_node_code
from tests.support.node_scripts import ScriptOutput, run_script

# Of the time-out, until the first word comes in time.
MOST_TRIES = 10

STACK = "lambda-streaming-sdk-sam"
TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Transform:
- AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs24.x
    Timeout: 60
    MemorySize: 128
    Architectures:
      - x86_64
    Environment: {Variables: {GATE: "%s"}}
Resources:
  HappyPathFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: src/happy.handler
      Description: Streams words
  MidstreamErrorFunction:
    Type: AWS::Serverless::Function
    Properties: {Handler: src/midstream-error.handler}
  TimeoutFunction:
    Type: AWS::Serverless::Function
    Properties: {Handler: src/happy.handler, Timeout: 1}
Outputs:
  HappyPathFunction:
    Value: !GetAtt HappyPathFunction.Arn
"""
HAPPY = """
const { gate } = require("./gate");

exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  for (const word of "these words come one by one".split(" ")) {
    stream.write(word);
    await gate();
  }
  stream.end();
});
"""
MIDSTREAM_ERROR = """
const { gate } = require("./gate");

exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  for (const word of "four words come before".split(" ")) {
    stream.write(word);
    await gate();
  }
  throw new Error("it broke in the middle");
});
"""


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async with serve_gate() as opened:
        yield opened


@pytest.fixture
async def cloud(
    tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LocalCloud]:
    """The stack, and the variables by which every SDK of AWS finds it."""
    sources = {"happy": HAPPY, "midstream-error": MIDSTREAM_ERROR}
    template = write_node_code(tmp_path / STACK / "src", **sources).parent / "template.yaml"
    template.write_text(TEMPLATE % gate.port)
    async with LocalCloud(template) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.lambda_url)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        yield running


def find_client() -> Path:
    return find_clients("sdk") / "stream_by_prefix.mjs"


async def read_words(output: ScriptOutput, gate: Gate, function: str, count: int) -> list[str]:
    """Each word is printed by the client before the function may go on to the next."""
    found = await output.read_next()
    assert f":function:{STACK}-{function}Function-" in found["arn"]
    assert await output.read_next() == {
        "StatusCode": 200,
        "ResponseStreamContentType": "application/vnd.amazon.eventstream",
    }
    words = []
    for _ in range(count):
        event = await output.read_next()
        words.append(event["PayloadChunk"])
        await gate.open()
    return words


async def read_end(output: ScriptOutput) -> dict[str, Any]:
    """The last event; the tail of the log is in it."""
    end = await output.read_next()
    assert "REPORT RequestId: " in end["log"]
    return end


async def test_the_pattern(cloud: LocalCloud, gate: Gate) -> None:
    prefixes = [f"{STACK}-{name}" for name in ("HappyPath", "MidstreamError")]

    async with run_script(find_client(), *prefixes) as output:
        assert await read_words(output, gate, "HappyPath", 6) == [
            *("these", "words", "come", "one", "by", "one")
        ]
        happy = await read_end(output)
        assert happy["InvokeComplete"] == {}

        words = await read_words(output, gate, "MidstreamError", 4)
        assert words == ["four", "words", "come", "before"]
        error = await read_end(output)
        details = json.loads(error["InvokeComplete"]["ErrorDetails"])
        assert error["InvokeComplete"]["ErrorCode"]
        assert details["errorMessage"] == "it broke in the middle"
        assert "it broke in the middle" in error["log"]

        assert await output.read_rest() == []


async def test_a_time_out_after_the_first_word(cloud: LocalCloud, gate: Gate) -> None:
    """Nobody lets it through: its second is over. On a busy machine it may be over before it has
    begun to write, which says nothing: then the client asks again."""
    for _ in range(MOST_TRIES):
        async with run_script(find_client(), f"{STACK}-Timeout") as output:
            await read_words(output, gate, "Timeout", 0)
            first = await output.read_next()
            is_in_time = "PayloadChunk" in first
            timeout = await read_end(output) if is_in_time else first
            assert await output.read_rest() == []
        assert "Task timed out after 1.00 seconds" in timeout["InvokeComplete"]["ErrorDetails"]
        if is_in_time:
            break

    assert first == {"PayloadChunk": "these"}
    assert timeout["InvokeComplete"]["ErrorCode"]
