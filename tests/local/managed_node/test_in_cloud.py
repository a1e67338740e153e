"""Node.js functions in the local cloud: they stream through every endpoint, as Python's do.

The function stands at a gate between its first chunk and its second. If anything holds the first
one back, the test times out.
"""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from streambda.local import EndpointKind, InvocationFailed, LocalCloud
from tests.local.conftest import LogLines, Sdk
from tests.support.endpoint_clouds import BUFFER, api, running, url_of
from tests.support.free_ports import find_free_ports
from tests.support.gate import Gate
from tests.support.local_assembly import function, url, write_assembly
from tests.support.wait_until import wait_until

APP = Path(__file__).parent / "app"
HTTP = pytest.mark.parametrize("kind", [EndpointKind.FUNCTION_URL, EndpointKind.REST_API])


def node(handler: str = "index.handler", version: int = 24, **properties: Any) -> dict[str, Any]:
    properties.setdefault("Code", {"S3Bucket": "assets", "S3Key": "app.zip"})
    # A cold start of Node.js takes long on a busy machine.
    return function(handler, Runtime=f"nodejs{version}.x", **{"MemorySize": 256, **properties})


def inline(source: str, **properties: Any) -> dict[str, Any]:
    return node(Code={"ZipFile": source}, **properties)


@pytest.fixture
def resources() -> dict[str, Any]:
    return {
        "Words": node(FunctionName="Words"),
        "Earlier": node(FunctionName="Earlier", version=22),
        "Whole": node("index.whole", FunctionName="Whole"),
        "Url": url("Words"),
        **api("Words"),
    }


@pytest.fixture
async def cloud(
    tmp_path: Path, resources: Mapping[str, Any], lines: LogLines
) -> AsyncIterator[LocalCloud]:
    written = write_assembly(tmp_path / "cdk.out", resources, assets={"app.zip": APP})
    log = lines.append
    async with LocalCloud(written, log=lambda name, line: log((name, line))) as opened:
        yield opened


def address(cloud: LocalCloud, kind: EndpointKind, name: str) -> str:
    return f"{url_of(cloud, kind)}{name}"


@HTTP
@pytest.mark.parametrize("name", ["gated", "piped"])
async def test_chunk_1_arrives_before_chunk_2_is_made(
    cloud: LocalCloud, http: httpx.AsyncClient, gate: Gate, kind: EndpointKind, name: str
) -> None:
    request = http.stream("GET", address(cloud, kind, name), params={"gate": gate.port})
    async with request as response:
        chunks = response.aiter_raw()
        first = await anext(chunks)
        await gate.open()
        rest = [chunk async for chunk in chunks]

    assert (response.status_code, first, rest) == (201, b"one", [b"two"])
    assert response.headers["content-type"] == "text/plain"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("name", ["Words", "Earlier"])
async def test_the_sdk_gets_chunk_1_before_chunk_2_is_made(sdk: Sdk, gate: Gate, name: str) -> None:
    event = json.dumps({"do": "gated", "gate": gate.port}).encode()
    events = await sdk.stream(FunctionName=name, Payload=event)

    first = await anext(events)
    await gate.open()
    rest = [event async for event in events]

    assert first == {"PayloadChunk": {"Payload": b"one"}}
    assert rest == [{"PayloadChunk": {"Payload": b"two"}}, {"InvokeComplete": {}}]


async def test_one_environment_serves_many_invocations(cloud: LocalCloud, gate: Gate) -> None:
    async def call() -> bytes:
        stream = cloud.invoke_stream("Earlier", {"do": "gated", "gate": gate.port})
        first = await anext(stream)
        await gate.open()
        return b"".join([first, *[chunk async for chunk in stream]])

    assert [await call() for _ in range(3)] == [b"onetwo"] * 3


async def test_an_error_in_mid_stream(sdk: Sdk, lines: LogLines) -> None:
    events = await sdk.events(FunctionName="Words", Payload=b'{"do": "fails"}')

    complete = events[-1]["InvokeComplete"]
    report = json.loads(complete["ErrorDetails"])
    assert events[0] == {"PayloadChunk": {"Payload": b"one"}}
    assert complete["ErrorCode"] == "TypeError"
    assert report["errorMessage"] == "in the middle"
    assert any("(file:///var/task/index.mjs:" in line for line in report["trace"])
    assert any("(/var/runtime/promise-loop.cjs:" in line for line in report["trace"])
    assert str(Path(__file__).parents[3]) not in str(report)
    # Files of the function have the path of its source, or that on Lambda.
    [logged] = [line for name, line in lines if "\tERROR\tInvoke Error" in line]
    assert "/var/task/index.mjs" in logged
    assert "/var/runtime/promise-loop.cjs" in logged


@pytest.mark.parametrize("name", ["Words", "Earlier"])
async def test_an_environment_goes_on_after_an_error(sdk: Sdk, lines: LogLines, name: str) -> None:
    def count(begin: str) -> int:
        return len([line for of, line in lines if of == name and line.startswith(begin)])

    for _ in range(5):
        events = await sdk.events(FunctionName=name, Payload=b'{"do": "fails"}')
        assert events[-1]["InvokeComplete"]["ErrorCode"] == "TypeError"
        # A request that comes while it is busy has another environment.
        await wait_until(lambda: count("REPORT RequestId: ") == count("START RequestId: "))

    assert count("cold start") == 1


@pytest.mark.parametrize(
    ("version", "error_type"),
    [(22, "Runtime.UnhandledPromiseRejection"), (24, "Runtime.ExitError")],
)
async def test_a_pipeline_whose_source_fails(tmp_path: Path, version: int, error_type: str) -> None:
    """It destroys the stream, which ends the process, as on Lambda: another one serves the next."""
    source = (
        "const { pipeline } = require('node:stream/promises');\n"
        "async function* read(event) { yield 'one'; if (event.fails) throw new Error('source') }\n"
        "exports.handler = awslambda.streamifyResponse((event, out) => pipeline(read(event), out));"
    )
    resources = {"Words": inline(source, FunctionName="Words", version=version)}
    async with running(tmp_path, resources) as cloud:
        with pytest.raises(InvocationFailed, match=error_type):
            _ = [chunk async for chunk in cloud.invoke_stream("Words", {"fails": True})]
        chunks = [chunk async for chunk in cloud.invoke_stream("Words", {})]

    assert chunks == [b"one"]


async def test_an_error_before_the_first_byte(sdk: Sdk) -> None:
    events = await sdk.events(FunctionName="Words", Payload=b'{"do": "early"}')

    assert [list(event) for event in events] == [["InvokeComplete"]]
    assert events[0]["InvokeComplete"]["ErrorCode"] == "RangeError"


@HTTP
async def test_errors_over_http(
    cloud: LocalCloud, http: httpx.AsyncClient, kind: EndpointKind
) -> None:
    early = await http.get(address(cloud, kind, "early"))
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        await http.get(address(cloud, kind, "fails"))

    assert early.status_code == 502


async def test_lines_belong_to_their_invocation(
    cloud: LocalCloud, http: httpx.AsyncClient, gate: Gate, lines: LogLines
) -> None:
    target = address(cloud, EndpointKind.FUNCTION_URL, "gated")
    async with http.stream("GET", target, params={"gate": gate.port}) as response:
        await gate.open()
        await response.aread()

    request_id = response.headers["x-request-id"]
    [line] = [line for _, line in lines if "does gated" in line]
    assert line.split("\t")[1:] == [request_id, "INFO", "does gated"]


async def test_a_slow_reader_slows_the_function_down(cloud: LocalCloud, gate: Gate) -> None:
    stream = cloud.invoke_stream("Words", {"do": "full", "gate": gate.port})
    received = len(await anext(stream))
    arrival = await gate.wait_for_arrival()  # its writes have begun to return false

    await gate.let_through(arrival)
    tail = b""
    async for chunk in stream:
        received += len(chunk)
        tail = chunk

    assert tail.endswith(b"true")
    assert received > 65536


async def test_a_whole_response(cloud: LocalCloud, sdk: Sdk) -> None:
    chunks = [chunk async for chunk in cloud.invoke_stream("Whole", {"a": ["é"]})]
    answer = await sdk.call("invoke", FunctionName="Whole", Payload=b"[1]")

    assert chunks == ['{"a":["é"]}'.encode()]
    assert json.loads(answer["Payload"].read()) == [1]


async def test_a_buffered_method(tmp_path: Path, http: httpx.AsyncClient) -> None:
    source = "exports.handler = async () => ({ statusCode: 202, body: 'whole' })"
    resources = {"Whole": inline(source, FunctionName="Whole"), **api("Whole", mode=BUFFER)}
    async with running(tmp_path, resources) as cloud:
        answer = await http.get(address(cloud, EndpointKind.REST_API, "any"))

    assert (answer.status_code, answer.text) == (202, "whole")


async def test_a_whole_response_of_streaming_endpoints(
    tmp_path: Path, http: httpx.AsyncClient, lines: LogLines
) -> None:
    """As on AWS it is the body, or a 502; the log says why."""
    source = "exports.handler = async () => ({ statusCode: 202, body: 'whole' })"
    resources = {"Whole": inline(source, FunctionName="Whole"), **api("Whole"), "Url": url("Whole")}
    async with running(tmp_path, resources, lines=lines) as cloud:
        of_url = await http.get(address(cloud, EndpointKind.FUNCTION_URL, ""))
        of_api = await http.get(address(cloud, EndpointKind.REST_API, "any"))

    whole = 'a whole response, {"statusCode": …}'
    assert (of_url.status_code, of_url.json()) == (200, {"statusCode": 202, "body": "whole"})
    assert of_api.status_code == 502
    said_of_url, said_of_api = [line for _, line in lines if whole in line]
    assert said_of_url == f"function URL sends {whole}, as the body: its handler does not stream"
    assert said_of_api.startswith("REST API answers 502: the response ended after 33 bytes")
    assert said_of_api.endswith(f": it is {whole}, of a handler that does not stream")


async def test_a_time_out(tmp_path: Path, lines: LogLines, gate: Gate) -> None:
    resources = {"Late": node(FunctionName="Late", Timeout=1)}
    written = write_assembly(tmp_path / "cdk.out", resources, assets={"app.zip": APP})
    async with LocalCloud(written, log=lambda name, line: lines.append((name, line))) as cloud:
        with pytest.raises(InvocationFailed, match=r"Task timed out after 1\.00 seconds"):
            _ = [
                chunk
                async for chunk in cloud.invoke_stream("Late", {"do": "late", "gate": gate.port})
            ]

    assert any("is on its way" in line for _, line in lines)


BROKEN = {
    "gone": (
        "//",
        "index.gone",
        "Runtime.HandlerNotFound: index.gone is undefined or not exported",
    ),
    "no module": ("//", "other.handler", "Runtime.ImportModuleError: Error: Cannot find module"),
    "no package": (
        "require('nowhere')",
        "index.handler",
        "Runtime.ImportModuleError: Error: Cannot find module 'nowhere'",
    ),
    "syntax": (
        "exports.handler = (",
        "index.handler",
        "Runtime.UserCodeSyntaxError: SyntaxError: Unexpected end of input",
    ),
    "untyped": (
        "import fs from 'node:fs'; export const handler = async () => 1",
        "index.handler",
        "Runtime.UserCodeSyntaxError: SyntaxError: Cannot use import statement outside a module",
    ),
    "bad name": ("//", "index", "Runtime.MalformedHandlerName: Bad handler"),
    "throws": ("throw new RangeError('top')", "index.handler", "RangeError: top"),
    "exits": ("process.exit(3)", "index.handler", "Runtime exited with error: exit status 3"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_function_that_cannot_start(tmp_path: Path, lines: LogLines, name: str) -> None:
    """One clear line, as Lambda names it; other functions run."""
    source, handler, message = BROKEN[name]
    resources = {
        "Broken": {
            "Type": "AWS::Lambda::Function",
            "Properties": inline(source, FunctionName="Broken", version=22)["Properties"]
            | {"Handler": handler},
        },
        "Other": inline("exports.handler = async () => 'runs'", FunctionName="Other"),
    }
    async with running(tmp_path, resources, lines=lines) as cloud:
        with pytest.raises(InvocationFailed) as caught:
            _ = [chunk async for chunk in cloud.invoke_stream("Broken", {})]
        other = [chunk async for chunk in cloud.invoke_stream("Other", {})]

    assert message in str(caught.value)
    assert other == [b'"runs"']


async def test_edited_code_is_used_by_the_next_invocation(tmp_path: Path) -> None:
    def write(folder: str, word: str) -> Path:
        code = tmp_path / folder
        code.mkdir()
        (code / "index.mjs").write_text(f"export const handler = async () => '{word}'")
        return code

    before, after = write("before", "old"), write("after", "new")
    resources = {"Words": node(FunctionName="Words")}
    written = write_assembly(tmp_path / "cdk.out", resources, assets={"app.zip": before})
    async with LocalCloud(written) as cloud:
        old = [chunk async for chunk in cloud.invoke_stream("Words", {})]
        changes = await cloud.replace_code({before: after})
        new = [chunk async for chunk in cloud.invoke_stream("Words", {})]

    assert (old, new) == ([b'"old"'], [b'"new"'])
    assert changes.functions.changed == ("Words",)


async def test_its_own_debugger(tmp_path: Path, lines: LogLines) -> None:
    """It waits before the first line, with the cold start that --debug begins."""
    port = find_free_ports(1)
    resources = {"Words": inline("exports.handler = async () => 1", FunctionName="Words")}
    async with running(tmp_path, resources, lines=lines, debug={"Words": port}):
        listening = f"Debugger listening on ws://127.0.0.1:{port}/"
        await wait_until(lambda: any(listening in line for _, line in lines))


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
async def test_the_log_of_a_wrapper_in_a_layer(
    tmp_path: Path, lines: LogLines, log_format: str
) -> None:
    layer = tmp_path / "layer"
    layer.mkdir()
    wrapper = layer / "wrapper"
    wrapper.write_text('#!/bin/sh\nexport WRAPPED="$#"\nexec "$@"\n')
    wrapper.chmod(0o755)
    resources = {
        "Layer": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": "assets", "S3Key": "layer.zip"}},
        },
        "Wrapped": inline(
            "exports.handler = async () => { console.warn('a\\nb'); return process.env.WRAPPED }",
            FunctionName="Wrapped",
            Layers=[{"Ref": "Layer"}],
            LoggingConfig={"LogFormat": log_format},
            Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"}},
        ),
    }
    written = write_assembly(tmp_path / "cdk.out", resources, assets={"layer.zip": layer})
    async with LocalCloud(written, log=lambda name, line: lines.append((name, line))) as cloud:
        chunks = [chunk async for chunk in cloud.invoke_stream("Wrapped", {})]

    assert chunks == [b'"5"']  # node, three options and the runtime
    logged = "\n".join(line for _, line in lines)
    assert ("\tWARN\ta\nb" in logged) if log_format == "Text" else ('"a\\nb"' in logged)
