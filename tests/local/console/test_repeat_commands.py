"""The commands that start an invocation again do so: each is run, and the event is the same."""

import asyncio
import json
import shutil
import sys
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud
from streambda.local.console.original_request import OriginalRequest, find_original_request
from streambda.local.console.repeat_commands import build_http_curl, build_repeat_commands
from streambda.local.console.timeline_events import InvocationBegan
from tests.support.console_clients import ConsoleClient

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")

QUERY = "q=%7Ba%7D&q=two&empty="
BODIES = {
    "text": ({"content-type": "text/plain"}, b'it\'s 50% "of" @all\nlines'),
    "binary": ({"content-type": "image/png"}, bytes(range(256))),
    "null": ({"content-type": "text/plain"}, b"a\0b"),
    "none": ({}, b""),
}


async def run_command(*command: str) -> bytes:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    assert process.returncode == 0
    return out


async def get_repeat_command(api: ConsoleClient, kind: str) -> str:
    """Of the one invocation that there was."""
    return str((await api.get_only_invocation())["commands"][kind])


def select_repeated_parts(event: dict[str, Any]) -> dict[str, Any]:
    """What a second request has in common with the first."""
    names = ("rawPath", "path", "body", "isBase64Encoded", "multiValueQueryStringParameters")
    parts = {name: event.get(name) for name in (*names, "rawQueryString", "cookies")}
    headers = {key: event["headers"].get(key) for key in ("x-it", "content-type", "user-agent")}
    return {**parts, **headers}


@pytest.mark.slow
@needs_curl
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("endpoint", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])
async def test_curl_sends_the_same_request(
    endpoint: EndpointKind,
    body: str,
    urls: dict[EndpointKind, str],
    http: httpx.AsyncClient,
    api: ConsoleClient,
) -> None:
    headers, content = BODIES[body]
    headers = {**headers, "x-it": "isn't $HOME", "cookie": "a=1; b=2"}
    url = f"{urls[endpoint]}a%20b/echo?{QUERY}"
    first = await http.request("PUT", url, content=content, headers=headers)

    printed = await run_command("/bin/sh", "-c", await get_repeat_command(api, "curl"))

    second = json.loads(printed.partition(b"\r\n\r\n")[2])
    assert select_repeated_parts(second["event"]) == select_repeated_parts(first.json()["event"])


@needs_curl
async def test_curl_of_an_event(
    cloud: LocalCloud, http: httpx.AsyncClient, api: ConsoleClient
) -> None:
    url = f"{cloud.lambda_url}/2015-03-31/functions/Words/invocations"
    await http.post(url, content=b'{"do": "words", "it": "isn\'t"}')

    assert b"one " in await run_command("/bin/sh", "-c", await get_repeat_command(api, "curl"))


@pytest.mark.slow
async def test_boto3_sends_the_same_event(
    streaming_url: str, http: httpx.AsyncClient, api: ConsoleClient
) -> None:
    first = await http.post(f"{streaming_url}echo", json={"it": 'isn\'t \\ "it" ü'})
    source = await get_repeat_command(api, "boto3")

    out = await run_command(sys.executable, "-c", source)

    chunk = out.decode().splitlines()[0]
    assert "PayloadChunk" in chunk
    summaries = await api.list_invocations()
    assert [one["endpoint"] for one in summaries] == ["function-url", "lambda-api"]
    repeated = await api.get_invocation(summaries[1]["request_id"])
    assert json.loads(repeated["events"][0]["event"]) == first.json()["event"]


def create_began(event: str, size: int | None = None) -> InvocationBegan:
    return InvocationBegan(
        at_ms=0,
        request_id="id",
        function="Words",
        endpoint="function-url",
        title="",
        started_at_ms=0,
        event=event,
        event_bytes=len(event.encode()) if size is None else size,
    )


def test_an_event_that_was_cut_has_no_commands() -> None:
    assert build_repeat_commands(create_began("{", size=70_000), "http://127.0.0.1:1") is None


@pytest.mark.parametrize("event", ["{}", "[]", "no JSON", '{"requestContext": 1}'])
def test_an_event_of_another_kind_than_its_endpoint_goes_to_lambdas_api(event: str) -> None:
    assert find_original_request("function-url", event) is None

    commands = build_repeat_commands(create_began(event), "http://127.0.0.1:1")

    assert commands
    assert "http://127.0.0.1:1/2021-11-15/functions/Words/" in commands["curl"]


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("GET", b"", "curl -gNi http://h/"),
        ("HEAD", b"", "curl -gNi http://h/ --head"),
        ("DELETE", b"", "curl -gNi http://h/ -X DELETE"),
        ("POST", b"a", "curl -gNi http://h/ -H content-type: --data-raw a"),
        ("GET", b"a", "curl -gNi http://h/ -X GET -H content-type: --data-raw a"),
    ],
)
def test_curl_gets_only_the_options_that_it_needs(method: str, body: bytes, expected: str) -> None:
    request = OriginalRequest(method=method, host="h", target="/", headers=(), body=body)
    assert build_http_curl(request) == expected
