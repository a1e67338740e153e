"""A function under a debugger: an editor attaches, it stops at a line, and it streams on."""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, EndpointOptions, Limits, LocalCloud
from tests.support.debug_adapter_client import connect_debugger
from tests.support.endpoint_clouds import api, url_of
from tests.support.local_assembly import function, url, write_assembly
from tests.support.no_tls import NO_TLS
from tests.support.wait_until import wait_until

pytestmark = pytest.mark.slow  # debugpy takes a second to start

LAMBDA_SRC = Path(__file__).parents[3] / "lambda_src"
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"

STREAMS = """\
def handler(event, context):
    yield "one "
    word = "two"
    yield word
    yield " three"
"""
LINE = 3
ANSWERS = """\
def handler(event, context):
    numbers = [1, 2]
    total = sum(numbers)
    return {"statusCode": 200, "body": str(total)}
"""
NUMBERED = """\
import os

NUMBER = os.getpid()

def handler(event, context):
    yield str(NUMBER)
"""
WRAPPER = {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streambda-wrapper"}}
# Anything takes longer.
SHORT: dict[str, Any] = {"Timeout": 0.05}
SHORT_LIMITS = Limits(invocation=0.05, integration=0.05, regional_idle=0.05, edge_idle=0.05)


def write_code(folder: Path, text: str) -> Path:
    for name in ("bootstrap", "streambda-wrapper"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(LAMBDA_SRC / name, folder / name)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(LAMBDA_SRC / "streambda_runtime", folder / "streambda_runtime", ignore=ignored)
    (folder / "app.py").write_text(text)
    return folder


class Debugged:
    """A cloud with one debugged function, `Words`, and what has been said."""

    def __init__(self, cloud: LocalCloud, code: Path, lines: list[str]) -> None:
        self.cloud = cloud
        self.code = code
        self.lines = lines

    async def wait_for_port(self, count: int = 1) -> int:
        """Of the process that waits as the `count`-th one."""
        pattern = re.compile(r"debugger: waits for a debugger at 127\.0\.0\.1:(\d+)")

        def find() -> list[str]:
            return [match[1] for line in self.lines if (match := pattern.search(line))]

        await wait_until(lambda: len(find()) >= count)
        return int(find()[-1])


@asynccontextmanager
async def debugged(
    folder: Path, text: str = STREAMS, limits: Limits = SHORT_LIMITS, **properties: Any
) -> AsyncIterator[Debugged]:
    code = write_code(folder / "asset", text)
    resources = {
        "Words": function("app.handler", FunctionName="Words", **(SHORT | properties)),
        "Url": url("Words"),
        **api("Words"),
    }
    written = write_assembly(folder / "cdk.out", resources, assets={"code.zip": code})
    lines: list[str] = []
    async with LocalCloud(
        written,
        log=lambda _, line: lines.append(line),
        options=EndpointOptions(limits=limits),
        debug="Words=0",
        sources=folder if (folder / "cdk.json").exists() else None,
    ) as cloud:
        yield Debugged(cloud, code, lines)


@pytest.mark.parametrize("kind", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])
@pytest.mark.parametrize(
    "properties",
    [{}, {"Runtime": f"python{VERSION}", "Environment": WRAPPER}],
    ids=["provided", "managed"],
)
async def test_it_stops_at_a_line_and_streams_on(
    properties: dict[str, Any], kind: EndpointKind, tmp_path: Path
) -> None:
    """No time-out ends what stands still: neither the function's nor the endpoint's."""
    async with (
        debugged(tmp_path, **properties) as it,
        connect_debugger(await it.wait_for_port()) as editor,
        httpx.AsyncClient(trust_env=False, verify=NO_TLS, timeout=30) as http,
    ):
        await editor.attach({it.code / "app.py": LINE})
        async with http.stream("GET", f"{url_of(it.cloud, kind)}words") as response:
            chunks = response.aiter_text()
            assert await anext(chunks) == "one "  # it arrives before the line

            stopped = await editor.wait_for("stopped")
            thread = stopped["threadId"]
            frames = (await editor.call("stackTrace", threadId=thread))["stackFrames"]
            await asyncio.sleep(0.2)  # four times what it may take
            await editor.call("next", threadId=thread)
            await editor.wait_for("stopped")
            found = await editor.call("evaluate", expression="word", frameId=frames[0]["id"])
            await editor.call("continue", threadId=thread)
            rest = "".join([chunk async for chunk in chunks])

    assert stopped["reason"] == "breakpoint"
    assert (frames[0]["name"], frames[0]["line"]) == ("handler", LINE)
    assert frames[0]["source"]["path"] == str(it.code / "app.py")
    assert (found["result"], rest) == ("'two'", "two three")
    assert not any("timed out" in line or "too long" in line for line in it.lines)


async def test_a_python_of_lambdas_own_stops_too(tmp_path: Path) -> None:
    async with (
        debugged(tmp_path, ANSWERS, Runtime=f"python{VERSION}") as it,
        connect_debugger(await it.wait_for_port()) as editor,
    ):
        await editor.attach({it.code / "app.py": 3})
        body = asyncio.ensure_future(collect(it.cloud))
        stopped = await editor.wait_for("stopped")
        await editor.call("continue", threadId=stopped["threadId"])
        assert json.loads(await body)["body"] == "3"


async def collect(cloud: LocalCloud) -> bytes:
    return b"".join([chunk async for chunk in cloud.invoke_stream("Words", {})])


async def test_code_of_the_module_can_be_stopped_at_and_nobody_is_turned_away(
    tmp_path: Path,
) -> None:
    """It waits before anything of the function runs; requests queue for the one process."""
    async with debugged(tmp_path, NUMBERED) as it:
        port = await it.wait_for_port()
        bodies = [asyncio.ensure_future(collect(it.cloud)) for _ in range(3)]
        async with connect_debugger(port) as editor:
            await editor.attach({it.code / "app.py": 3})
            stopped = await editor.wait_for("stopped")
            frames = (await editor.call("stackTrace", threadId=stopped["threadId"]))["stackFrames"]
            assert (frames[0]["name"], frames[0]["line"]) == ("<module>", 3)
            assert not any(body.done() for body in bodies)
            await editor.call("continue", threadId=stopped["threadId"])
            found = {await body for body in bodies}

    assert len(found) == 1


@pytest.mark.parametrize(
    ("remote", "local"),
    [
        (None, "src"),  # the sources of the app are found
        ("same", "src"),  # what VS Code says of a debugger on this machine
        ("/var/task", "elsewhere"),
        ("/var/task/", "elsewhere/"),
    ],
)
async def test_breakpoints_in_the_developers_own_copy(
    remote: str | None, local: str, tmp_path: Path
) -> None:
    (tmp_path / "cdk.json").write_text(json.dumps({"app": "x", "watch": {"include": ["src/**"]}}))
    for name in ("src", "elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(STREAMS)
    mapping = {"localRoot": f"{tmp_path}/{local}", "remoteRoot": remote}
    if remote == "same":
        mapping = {"localRoot": str(tmp_path), "remoteRoot": str(tmp_path)}
    source = tmp_path / local / "app.py"
    async with (
        debugged(tmp_path) as it,
        connect_debugger(await it.wait_for_port()) as editor,
    ):
        await editor.attach({source: LINE}, **({"pathMappings": [mapping]} if remote else {}))
        body = asyncio.ensure_future(collect(it.cloud))
        stopped = await editor.wait_for("stopped")
        [first, *_] = (await editor.call("stackTrace", threadId=stopped["threadId"]))["stackFrames"]
        await editor.call("continue", threadId=stopped["threadId"])
        assert await body == b"one two three"

    assert first["line"] == LINE
    if local == "src":
        assert first["source"]["path"] == str(source)


async def test_new_code_waits_for_the_debugger_again_at_the_same_port(tmp_path: Path) -> None:
    """Also where nobody had attached to the old code."""
    async with debugged(tmp_path) as it:
        port = await it.wait_for_port()
        new = write_code(tmp_path / "new", STREAMS.replace('"two"', '"zwei"'))
        changes = await it.cloud.replace_code({it.code: new})
        assert (changes.functions.changed, changes.functions.broken) == (("Words",), {})
        assert await it.wait_for_port(2) == port
        async with connect_debugger(port) as editor:
            await editor.attach({new / "app.py": LINE})
            body = asyncio.ensure_future(collect(it.cloud))
            stopped = await editor.wait_for("stopped")
            await editor.call("continue", threadId=stopped["threadId"])
            assert await body == b"one zwei three"


async def test_the_function_runs_on_when_the_editor_leaves(tmp_path: Path) -> None:
    """And an editor can come back."""
    async with debugged(tmp_path) as it:
        port = await it.wait_for_port()
        async with connect_debugger(port) as editor:
            await editor.attach({})
            await editor.call("disconnect")
        assert await collect(it.cloud) == b"one two three"
        async with connect_debugger(port) as editor:
            await editor.attach({it.code / "app.py": LINE})
            body = asyncio.ensure_future(collect(it.cloud))
            stopped = await editor.wait_for("stopped")
            await editor.call("continue", threadId=stopped["threadId"])
            assert await body == b"one two three"
