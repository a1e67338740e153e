"""The commands that start a run again do so: each is run, and the event is the same."""

import asyncio
import json
import shutil
import sys
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, LocalCloud
from streambda.local.console.commands import commands, http_curl
from streambda.local.console.events import Began
from streambda.local.console.original_request import Original, original
from tests.support.console_clients import Api

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")

QUERY = "q=%7Ba%7D&q=two&empty="
BODIES = {
    "text": ({"content-type": "text/plain"}, b'it\'s 50% "of" @all\nlines'),
    "binary": ({"content-type": "image/png"}, bytes(range(256))),
    "none": ({}, b""),
}


async def run(*command: str) -> bytes:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    assert process.returncode == 0
    return out


async def again(api: Api, kind: str) -> str:
    (line,) = await api.invocations()
    found = (await api.read(f"/api/invocations/{line['request_id']}"))["commands"][kind]
    return str(found)


def same(event: dict[str, Any]) -> dict[str, Any]:
    """What a second request has in common with the first."""
    names = ("rawPath", "path", "body", "isBase64Encoded", "multiValueQueryStringParameters")
    found = {name: event.get(name) for name in (*names, "rawQueryString", "cookies")}
    headers = {key: event["headers"].get(key) for key in ("x-it", "content-type", "user-agent")}
    return {**found, **headers}


@pytest.mark.slow
@needs_curl
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("endpoint", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])
async def test_curl_sends_the_same_request(
    endpoint: EndpointKind,
    body: str,
    urls: dict[EndpointKind, str],
    http: httpx.AsyncClient,
    api: Api,
) -> None:
    headers, content = BODIES[body]
    headers = {**headers, "x-it": "isn't $HOME", "cookie": "a=1; b=2"}
    url = f"{urls[endpoint]}a%20b/echo?{QUERY}"
    first = await http.request("PUT", url, content=content, headers=headers)

    printed = await run("/bin/sh", "-c", await again(api, "curl"))

    second = json.loads(printed.partition(b"\r\n\r\n")[2])
    assert same(second["event"]) == same(first.json()["event"])


@needs_curl
async def test_curl_of_an_event(cloud: LocalCloud, http: httpx.AsyncClient, api: Api) -> None:
    url = f"{cloud.lambda_url}/2015-03-31/functions/Words/invocations"
    await http.post(url, content=b'{"do": "words", "it": "isn\'t"}')

    assert b"one " in await run("/bin/sh", "-c", await again(api, "curl"))


@pytest.mark.slow
async def test_boto3_sends_the_same_event(
    streaming_url: str, http: httpx.AsyncClient, api: Api
) -> None:
    first = await http.post(f"{streaming_url}echo", json={"it": 'isn\'t \\ "it" ü'})
    source = await again(api, "boto3")

    out = await run(sys.executable, "-c", source)

    chunk = out.decode().splitlines()[0]
    assert "PayloadChunk" in chunk
    (line, _) = await api.invocations()
    second = (await api.read("/api/invocations"))["invocations"][1]
    event = (await api.read(f"/api/invocations/{second['request_id']}"))["events"][0]["event"]
    assert json.loads(event) == first.json()["event"]
    assert (line["endpoint"], second["endpoint"]) == ("function-url", "lambda-api")


def began(event: str, size: int | None = None, endpoint: str = "function-url") -> Began:
    return Began(
        at_ms=0,
        request_id="id",
        function="Words",
        endpoint=endpoint,
        title="",
        started_at_ms=0,
        event=event,
        event_bytes=len(event.encode()) if size is None else size,
    )


def test_an_event_that_was_cut_has_no_commands() -> None:
    assert commands(began("{", size=70_000), "http://127.0.0.1:1") is None


@pytest.mark.parametrize("event", ["{}", "[]", "no JSON", '{"requestContext": 1}'])
def test_an_event_that_is_not_its_endpoints_goes_to_lambda(event: str) -> None:
    assert original("function-url", event) is None

    found = commands(began(event), "http://127.0.0.1:1")

    assert found
    assert "http://127.0.0.1:1/2021-11-15/functions/Words/" in found["curl"]


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
def test_curl_is_told_no_more_than_it_needs(method: str, body: bytes, expected: str) -> None:
    request = Original(method=method, host="h", target="/", headers=(), body=body)
    assert http_curl(request) == expected
