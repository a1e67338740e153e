"""Plain managed Pythons in the local cloud: whole answers, through every endpoint."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, InvocationFailed, LocalCloud
from tests.local.conftest import LogLines
from tests.support.endpoint_clouds import BUFFER, api, running, url_of
from tests.support.local_assembly import function, url

SOURCE = """
import boto3

def handler(event, context):
    if "requestContext" not in event:
        return [boto3.__name__, context.get_remaining_time_in_millis() > 0]
    return {"statusCode": 201, "body": "whole"}
"""


def plain(source: str = SOURCE, **properties: Any) -> dict[str, Any]:
    runtime = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    code = {"ZipFile": source}
    return function("index.handler", Runtime=runtime, Code=code, **properties)


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[LocalCloud]:
    resources = {
        "Plain": plain(FunctionName="Plain"),
        "Broken": plain("import nowhere", FunctionName="Broken"),
        "Url": url("Plain"),
        **api("Plain", mode=BUFFER),
    }
    async with running(tmp_path, resources) as opened:
        yield opened


async def test_a_stream_is_one_chunk_of_json(cloud: LocalCloud) -> None:
    """The SDK is there, as it is on Lambda."""
    chunks = [chunk async for chunk in cloud.invoke_stream("Plain", {})]

    assert chunks == [b'["boto3", true]']


async def test_http_endpoints(cloud: LocalCloud, http: httpx.AsyncClient) -> None:
    """A streaming function URL passes on what it gets; a buffered integration reads it."""
    streamed = await http.get(url_of(cloud, EndpointKind.FUNCTION_URL))
    whole = await http.get(f"{url_of(cloud, EndpointKind.REST_API)}any")

    assert (streamed.status_code, streamed.text) == (200, '{"statusCode": 201, "body": "whole"}')
    assert (whole.status_code, whole.text) == (201, "whole")


async def test_a_streaming_method_misses_the_prelude(
    tmp_path: Path, http: httpx.AsyncClient, lines: LogLines
) -> None:
    resources = {"Plain": plain(FunctionName="Plain"), **api("Plain")}
    async with running(tmp_path, resources, lines=lines) as cloud:
        answer = await http.get(f"{url_of(cloud, EndpointKind.REST_API)}any")
        reasons = [one.reason for one in cloud.unsupported if one.name == "Plain"]

    assert answer.status_code == 502
    assert any("REST API answers 502" in line for _, line in lines)
    assert [why.partition(":")[0] for why in reasons] == [
        "its response is buffered, not streamed, as on AWS"
    ]


async def test_hooks_of_a_snapshot(tmp_path: Path) -> None:
    source = (
        "import sys, types\n"
        "hooks = sys.modules['snapshot_restore_py'] = types.ModuleType('hooks')\n"
        "seen = []\n"
        "hooks.get_before_snapshot = lambda: [(seen.append, ('before',), {})]\n"
        "hooks.get_after_restore = lambda: [(seen.append, ('after',), {})]\n"
        "def handler(event, context): return seen\n"
    )
    snap = {"ApplyOn": "PublishedVersions"}
    resources = {"Snap": plain(source, FunctionName="Snap", SnapStart=snap)}
    async with running(tmp_path, resources) as cloud:
        chunks = [chunk async for chunk in cloud.invoke_stream("Snap", {})]

    assert chunks == [b'["before", "after"]']


async def test_a_function_that_cannot_start(cloud: LocalCloud) -> None:
    with pytest.raises(InvocationFailed, match="Unable to import module 'index'"):
        _ = [chunk async for chunk in cloud.invoke_stream("Broken", {})]
