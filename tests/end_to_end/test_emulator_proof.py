"""What a pull request for an emulator proves of itself: events one by one, Node.js to browser.

A function with `awslambda.streamifyResponse` sends ten server-sent events, through a stage of a
REST API that streams, to a browser's EventSource and to `curl -N`. Its prelude becomes the head. It
waits at a gate after each event, which opens only when the client has shown it: if anything on the
way held one back to send it with the next, these tests would time out.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from streambda.local import LocalCloud
from tests.support.browser import CHROMIUM, start_chromium
from tests.support.browser_page import Page
from tests.support.foreign_page import serve_page, start, wait_for_lines
from tests.support.gate import Gate, serve_gate
from tests.support.no_tls import NO_TLS
from tests.support.node_gate import write_node_code

EVENTS = 10
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs24.x
    CodeUri: src
    Timeout: 60
    Environment: {Variables: {GATE: "%(gate)s", PAGE: "%(page)s"}}
Resources:
  EventsFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.events
      Events:
        Get:
          Type: Api
          Properties: {Path: /events, Method: get, ResponseTransferMode: RESPONSE_STREAM}
  FailingFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.failing
      Events:
        Get:
          Type: Api
          Properties: {Path: /failing, Method: get, ResponseTransferMode: RESPONSE_STREAM}
  WholeFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.whole
      Events:
        Get: {Type: Api, Properties: {Path: /whole, Method: get}}
"""
FUNCTIONS = """
const { gate } = require("./gate");

const headers = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-cache",
  "Access-Control-Allow-Origin": process.env.PAGE,
};

const withHead = (stream) =>
  awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers });

exports.events = awslambda.streamifyResponse(async (event, stream) => {
  const body = withHead(stream);
  for (let i = 0; i < 10; i += 1) {
    body.write(`data: {"tick": ${i}}\\n\\n`);
    await gate();
  }
  body.end("event: done\\ndata: end\\n\\n");
});

exports.failing = awslambda.streamifyResponse(async (event, stream) => {
  withHead(stream).write("data: begun\\n\\n");
  await gate();
  throw new Error("after the first event");
});

exports.whole = async () => ({ statusCode: 200, body: "x".repeat(7e6) });
"""


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async with serve_gate() as opened:
        yield opened


@pytest.fixture
async def origin() -> AsyncIterator[str]:
    """Where the page is that listens."""
    async with serve_page() as page:
        yield page


@pytest.fixture
async def stage(tmp_path: Path, gate: Gate, origin: str) -> AsyncIterator[str]:
    write_node_code(tmp_path / "src", index=FUNCTIONS)
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE % {"gate": gate.port, "page": origin})
    async with LocalCloud(template) as cloud:
        yield cloud.rest_api()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30, trust_env=False, verify=NO_TLS) as client:
        yield client


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_a_browsers_event_source(tmp_path: Path, stage: str, gate: Gate, origin: str) -> None:
    async with start_chromium(tmp_path / "profile") as browser:
        page = await Page.open(browser)
        await page.goto(origin)
        # It would refuse any other content type, so the head is the prelude's.
        await start(page, "listen", f"{stage}events")
        for number in range(EVENTS):
            shown = await wait_for_lines(page, number + 1)
            assert shown[-1] == f'{{"tick": {number}}}'
            await gate.open()
        assert (await wait_for_lines(page, EVENTS + 1))[-1] == "done"
        assert page.problems == []


async def test_curl(stage: str, gate: Gate) -> None:
    process = await asyncio.create_subprocess_exec(
        *("curl", "-sN", "-D", "-", f"{stage}events"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        head = await process.stdout.readuntil(b"\r\n\r\n")
        for number in range(EVENTS):
            event = await process.stdout.readuntil(b"\n\n")
            assert event == b'data: {"tick": %d}\n\n' % number
            await gate.open()
        assert await process.stdout.read() == b"event: done\ndata: end\n\n"
        assert await process.wait() == 0

    lines = head.decode().lower().splitlines()
    assert lines[0].startswith("http/1.1 200")
    assert "content-type: text/event-stream" in lines
    assert "cache-control: no-cache" in lines
    # What is between the runtime and Lambda stays there, as on AWS.
    assert not [line for line in lines if line.startswith("lambda-runtime-")]


async def test_no_error_document_is_written_into_a_stream_in_flight(
    stage: str, gate: Gate, http: httpx.AsyncClient
) -> None:
    async with http.stream("GET", f"{stage}failing") as reply:
        parts = reply.aiter_raw()
        assert await anext(parts) == b"data: begun\n\n"
        await gate.open()
        with pytest.raises(httpx.RemoteProtocolError):
            assert [part async for part in parts] == []
    assert reply.status_code == 200


async def test_the_limit_of_whole_responses_is_kept(stage: str, http: httpx.AsyncClient) -> None:
    reply = await http.get(f"{stage}whole")

    assert (reply.status_code, reply.json()) == (502, {"message": "Internal server error"})
